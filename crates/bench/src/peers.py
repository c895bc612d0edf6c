"""Peers of the benchmark: the same work by what a Python user would pick, one function each.

Called as `python - FUNCTION FILE…`. Reads files before the clock starts, prints one line of JSON: the seconds of the
work, and a digest of its output in the form agreed with `crates/bench`. Written for speed, as far as one library goes.
"""
import csv
import gc
import gzip
import hashlib
import io
import json
import pathlib
import sys
import time
from importlib.metadata import version

HOST = "https://agenda.example"


def timed(work):
    gc.collect()
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of_records(records):
    dump = lambda record: json.dumps(record, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return digest("".join(dump(record) + "\n" for record in records))


def pages(folder):
    return [path.read_bytes() for path in sorted(pathlib.Path(folder).iterdir())]


def line(text):
    return " ".join(text.split())


def html_selectolax(folder):
    from selectolax.lexbor import LexborHTMLParser
    bodies = pages(folder)

    def text(card, selector):
        found = card.css_first(selector)
        return None if found is None else line(found.text())

    def record(card):
        link = card.css_first("h3.title a")
        return {
            "id": card.attributes["data-id"], "title": line(link.text()), "url": HOST + link.attributes["href"],
            "start": card.css_first("time.start").attributes["datetime"], "place": text(card, ".meta .place span"),
            "organiser": text(card, "footer .by a"), "price": text(card, ".meta .price"),
            "tags": [line(tag.text()) for tag in card.css("ul.tags li")], "summary": text(card, "p.lead"),
        }

    work = lambda: [record(card) for body in bodies for card in LexborHTMLParser(body).css("article.card")]
    seconds, records = timed(work)
    return "selectolax " + version("selectolax"), seconds, digest_of_records(records)


def html_lxml(folder):
    """XPath by hand, compiled once: quicker than CSS selectors translated."""
    from lxml import etree, html
    bodies = pages(folder)
    parser = html.HTMLParser(encoding="utf-8")
    classed = lambda name: f"contains(concat(' ', @class, ' '), ' {name} ')"
    path = lambda text: etree.XPath(text, smart_strings=False)
    cards, link = path(f"//article[{classed('card')}]"), path(f".//h3[{classed('title')}]//a")
    start, tags = path(f".//time[{classed('start')}]/@datetime"), path(f".//ul[{classed('tags')}]//li")
    place = path(f".//*[{classed('meta')}]//*[{classed('place')}]//span")
    organiser, price = path(f".//footer//*[{classed('by')}]//a"), path(f".//*[{classed('meta')}]//*[{classed('price')}]")
    lead = path(f".//p[{classed('lead')}]")
    content = lambda node: line("".join(node.itertext()))

    def text(card, found):
        found = found(card)
        return content(found[0]) if found else None

    def record(card):
        title = link(card)[0]
        return {
            "id": card.get("data-id"), "title": content(title), "url": HOST + title.get("href"),
            "start": start(card)[0], "place": text(card, place), "organiser": text(card, organiser),
            "price": text(card, price), "tags": [content(tag) for tag in tags(card)], "summary": text(card, lead),
        }

    work = lambda: [record(card) for body in bodies for card in cards(html.document_fromstring(body, parser=parser))]
    seconds, records = timed(work)
    return "lxml " + version("lxml"), seconds, digest_of_records(records)


def csv_python(file):
    body = pathlib.Path(file).read_bytes()
    work = lambda: list(csv.DictReader(io.StringIO(body.decode(), newline=""), delimiter=";"))
    seconds, records = timed(work)
    return "python csv " + sys.version.split()[0], seconds, digest_of_records(records)


def csv_polars(file):
    import polars
    body = pathlib.Path(file).read_bytes()
    read = lambda: polars.read_csv(body, separator=";", infer_schema=False, empty_string_is_null=False)
    seconds, records = timed(lambda: read().to_dicts())
    return "polars " + version("polars"), seconds, digest_of_records(records)


def parquet_pyarrow(rows, columns, ours):
    import pyarrow
    from pyarrow import parquet
    pyarrow.set_cpu_count(1)
    rows = [json.loads(row) for row in open(rows, encoding="utf-8")]
    types = {
        "text": pyarrow.string(), "integer": pyarrow.int64(), "number": pyarrow.float64(), "boolean": pyarrow.bool_(),
        "date": pyarrow.date32(), "timestamp": pyarrow.timestamp("us", "UTC"),
    }
    given = {**types, "date": pyarrow.string(), "timestamp": pyarrow.string()}

    def schema(types):
        whole = lambda column: pyarrow.list_(types[column["shape"]]) if column["list"] else types[column["shape"]]
        return pyarrow.schema([(column["name"], whole(column)) for column in described])

    described = json.load(open(columns, encoding="utf-8"))
    options = {"compression": "zstd", "compression_level": 9, "row_group_size": 100_000}

    def work():
        out = pyarrow.BufferOutputStream()
        parquet.write_table(pyarrow.Table.from_pylist(rows, schema(given)).cast(schema(types)), out, **options)
        return out.getvalue()

    seconds, written = timed(work)
    theirs = parquet.read_table(pyarrow.BufferReader(written)).to_pylist()
    equal = theirs == parquet.read_table(ours).to_pylist()
    return "pyarrow " + version("pyarrow"), seconds, "equal" if equal else "different"


def documents(file):
    return [json.loads(document) for document in gzip.open(file, "rt", encoding="utf-8")]


def nquads_pyld(file, context):
    from pyld import jsonld
    given = documents(file)
    remote = {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": given[0]["@context"],
              "document": json.load(open(context, encoding="utf-8"))}
    options = {"format": "application/n-quads", "documentLoader": lambda url, options: remote}

    def work():
        lines = set()
        for document in given:
            lines.update(jsonld.to_rdf(document, options).splitlines(True))
        return "".join(sorted(lines))

    seconds, quads = timed(work)
    return "PyLD " + version("PyLD"), seconds, digest(quads)


def nquads_pyoxigraph(file, context):
    import pyoxigraph
    nodes = documents(file)
    for node in nodes:
        del node["@context"]
    whole = {**json.load(open(context, encoding="utf-8")), "@graph": nodes}
    body = json.dumps(whole, ensure_ascii=False).encode()

    def work():
        quads = pyoxigraph.parse(body, format=pyoxigraph.RdfFormat.JSON_LD)
        lines = pyoxigraph.serialize(quads, format=pyoxigraph.RdfFormat.N_QUADS).splitlines(True)
        return b"".join(sorted(set(lines)))

    seconds, quads = timed(work)
    return "pyoxigraph " + version("pyoxigraph"), seconds, digest(quads.decode())


try:
    name, seconds, check = globals()[sys.argv[1]](*sys.argv[2:])
    print(json.dumps({"done": {"name": name, "seconds": seconds, "check": check}}))
except ModuleNotFoundError:
    print(json.dumps("missing"))
