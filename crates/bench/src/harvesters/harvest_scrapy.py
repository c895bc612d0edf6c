"""A harvest by Scrapy: `python harvest_scrapy.py URL FOLDER`. Obeys robots.txt, follows every link of the site.

Bodies go to Scrapy's own HTTP cache under the policy of RFC 9111's predecessor, which makes the requests of a second
harvest conditional.
"""
import sys

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.linkextractors import LinkExtractor

START, FOLDER = sys.argv[1:]


class Site(scrapy.Spider):
    name = "site"
    start_urls = [START]
    links = LinkExtractor(allow="^" + START)

    def parse(self, response):
        for link in self.links.extract_links(response):
            yield scrapy.Request(link.url)


process = CrawlerProcess({
    "USER_AGENT": "moisson-bench (+https://moisson.example/contact)",
    "ROBOTSTXT_OBEY": True,
    "DOWNLOAD_DELAY": 0,
    "CONCURRENT_REQUESTS": 32,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 32,
    "HTTPCACHE_ENABLED": True,
    "HTTPCACHE_DIR": FOLDER,
    "HTTPCACHE_POLICY": "scrapy.extensions.httpcache.RFC2616Policy",
    "HTTPCACHE_ALWAYS_STORE": True,
    # The cache would guess a time to live from Last-Modified, and ask for nothing.
    "DEFAULT_REQUEST_HEADERS": {"Cache-Control": "max-age=0"},
    "COOKIES_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "LOG_LEVEL": "ERROR",
})
process.crawl(Site)
process.start()
