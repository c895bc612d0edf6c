"""A harvest by a script on aiohttp, as one would write it for speed: `python harvest_aiohttp.py URL FOLDER`.

Obeys robots.txt, follows every link of the site, appends bodies to one file, and keeps where each stands with its
validators and its links. Where FOLDER has such a table already, requests are conditional, and links come from it.
"""
import asyncio
import json
import pathlib
import sys
from urllib.parse import urldefrag, urljoin
from urllib.robotparser import RobotFileParser

import aiohttp
from selectolax.lexbor import LexborHTMLParser

AGENT = "moisson-bench (+https://moisson.example/contact)"
AT_A_TIME = 32


class Harvest:
    def __init__(self, start, folder):
        self.start = start
        self.table = folder / "pages.json"
        self.bodies = open(folder / "bodies", "ab")
        self.held = json.loads(self.table.read_text()) if self.table.exists() else {}
        self.seen = set()
        self.queue = asyncio.Queue()
        self.robots = RobotFileParser()

    def add(self, links):
        for link in links:
            if link not in self.seen:
                self.seen.add(link)
                if self.robots.can_fetch(AGENT, link):
                    self.queue.put_nowait(link)

    def links(self, url, body):
        found = []
        for node in LexborHTMLParser(body).css("a[href]"):
            href = node.attributes["href"]
            if href and not href.startswith("#"):
                link = urldefrag(urljoin(url, href)).url
                if link.startswith(self.start):
                    found.append(link)
        return found

    async def page(self, session, url):
        held = self.held.get(url)
        headers = {"If-None-Match": held["tag"], "If-Modified-Since": held["changed"]} if held else {}
        async with session.get(url, headers=headers) as answer:
            if answer.status != 304:
                answer.raise_for_status()
                body = await answer.read()
                held = {
                    "tag": answer.headers["ETag"], "changed": answer.headers["Last-Modified"],
                    "offset": self.bodies.tell(), "length": len(body), "links": self.links(url, body),
                }
                self.bodies.write(body)
                self.held[url] = held
        self.add(held["links"])

    async def work(self, session):
        while True:
            url = await self.queue.get()
            await self.page(session, url)
            self.queue.task_done()

    async def all(self):
        connector = aiohttp.TCPConnector(limit=AT_A_TIME)
        async with aiohttp.ClientSession(connector=connector, headers={"User-Agent": AGENT}) as session:
            async with session.get(urljoin(self.start, "/robots.txt")) as answer:
                self.robots.parse((await answer.text()).splitlines())
            self.add([self.start])
            workers = [asyncio.create_task(self.work(session)) for _ in range(AT_A_TIME)]
            done = asyncio.create_task(self.queue.join())
            # A worker ends by failing alone: then so does the harvest.
            ended, _ = await asyncio.wait([done, *workers], return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                task.result()
            for worker in workers:
                worker.cancel()
        self.bodies.close()
        self.table.write_text(json.dumps(self.held))


async def main(start, folder):
    await Harvest(start, pathlib.Path(folder)).all()


asyncio.run(main(*sys.argv[1:]))
