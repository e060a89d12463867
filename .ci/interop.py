"""Writes notes with independent libraries, reads them with the example `extract`, compares. Called by .ci/interop."""

import base64
import csv
import datetime
import io
import json
import pathlib
import shutil
import subprocess
import sys
import zipfile

EXTRACT, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
shutil.rmtree(FOLDER, ignore_errors=True)
FOLDER.mkdir(parents=True)

NOTE = [
    "OPERATIVE NOTE",
    "Procedure: L4–L5 interlaminar epidural steroid injection & contrast | fluoroscopy ^ 50%",
    "Indication: “radiculopathy” — left leg, 5 µg, café, ½ tablet, temp. 37 °C",
    "Technique: The patient was placed prone. A 20-gauge Tuohy needle was advanced until loss of resistance was "
    "obtained; 2 mL of contrast showed epidural spread without vascular uptake. Then 80 mg of triamcinolone in 4 mL of "
    "saline were injected slowly and the needle was removed.",
    "Path C:\\notes\\a~b #1 <none> {x} [y]",
]
ASCII = [line.encode("ascii", "ignore").decode() for line in NOTE]
SERVICE = datetime.date(2025, 10, 14)

failures = []
count = 0


def read(path):
    out = subprocess.run([EXTRACT, str(path)], capture_output=True, text=True, check=True, timeout=60)
    return [json.loads(line) for line in out.stdout.splitlines()]


def squash(text):
    return " ".join(text.replace("\u00a0", " ").split())


def check(name, got, expected):
    global count
    count += 1
    if got != expected:
        failures.append(f"{name}\n  expected {expected!r}\n  got      {got!r}")


def check_text(path, lines, index=0, **metadata):
    items = read(path)
    item = items[index] if index < len(items) else {}
    check(f"{path.name}: text", squash(item.get("text", str(item))), squash("\n".join(lines)))
    for key, value in metadata.items():
        found = item.get("id") if key == "id" else item.get("metadata", {}).get(key)
        check(f"{path.name}: {key}", found, value)
    for start, end, place in item.get("map", []):
        raw = item["text"].encode()
        check(f"{path.name}: range {start}..{end}", 0 <= start < end <= len(raw) and bool(place), True)
    return item


def check_message(path, key, part):
    items = read(path)
    found = items[0].get(key, str(items[0])) if items else ""
    check(f"{path.name}: {key}", part in found, True)


def check_date(item, name):
    dates = item.get("dates") or [{}]
    check(f"{name}: date", dates[0].get("date"), SERVICE.isoformat())


def write(name, data):
    path = FOLDER / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


# Word processor files.
def docx_files():
    import docx
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "MRN header"
    for line in NOTE:
        document.add_paragraph(line)
    table = document.add_table(rows=2, cols=2)
    for row, cells in zip(table.rows, [("Side", "left"), ("Level:", "L4-L5")]):
        for cell, text in zip(row.cells, cells):
            cell.text = text
    wide = document.add_table(rows=1, cols=3)
    for cell, text in zip(wide.rows[0].cells, ("Drug", "80 mg", "lot 7")):
        cell.text = text
    inner = table.rows[1].cells[1].add_table(rows=1, cols=2)
    inner.rows[0].cells[0].text, inner.rows[0].cells[1].text = "Gauge", "20"
    paragraph = document.add_paragraph("Kept ")
    paragraph._p.append(
        parse_xml(f"<w:del {nsdecls('w')} w:id='1' w:author='a'><w:r><w:delText>gone</w:delText></w:r></w:del>")
    )
    paragraph._p.append(
        parse_xml(f"<w:ins {nsdecls('w')} w:id='2' w:author='a'><w:r><w:t>added</w:t></w:r></w:ins>")
    )
    paragraph.add_run("struck").font.strike = True
    paragraph.add_run("hidden").font.hidden = True
    paragraph.add_run(" end").bold = True
    path = FOLDER / "python-docx.docx"
    document.save(path)
    expected = ["MRN header", *NOTE, "Side: left", "Level: L4-L5", "Gauge: 20", "Drug 80 mg lot 7", "Kept added end"]
    check_text(path, expected, id="python-docx")


MARKDOWN = """# Operative note

Procedure: L4–L5 epidural “injection” & 5 µg, café, 日本.

1. First step
2. Second step

- bullet

| Drug | Dose | Route |
|------|------|-------|
| Kenalog | 80 mg | epidural |

The ~~right~~ left side *was* **treated**.
"""


def pandoc_files():
    import pypandoc

    for to, name in [("rtf", "pandoc.rtf"), ("docx", "pandoc.docx"), ("html", "pandoc.html")]:
        path = FOLDER / name
        pypandoc.convert_text(MARKDOWN, to, format="markdown", outputfile=str(path), extra_args=["--standalone"])
        item = read(path)[0]
        text = squash(item.get("text", str(item))).replace("• ", "").replace("- ", "")
        for number in ("1. ", "2. "):
            text = text.replace(number, "")
        expected = (
            "Operative note Procedure: L4–L5 epidural “injection” & 5 µg, café, 日本. First step Second step bullet "
            "Drug Dose Route Kenalog 80 mg epidural The left side was treated."
        )
        check(f"{name}: text", text, expected)


def pyrtf_files():
    from PyRTF.Elements import Document
    from PyRTF.Renderer import Renderer
    from PyRTF.document.paragraph import Cell, Paragraph, Table
    from PyRTF.document.section import Section

    document = Document()
    section = Section()
    document.Sections.append(section)
    for line in ASCII:
        # It leaves the escapes of the format to its caller.
        section.append(line.replace("\\", "\\\\").replace("{", "\\{").replace("}", "\\}"))
    table = Table(2000, 3000)
    table.AddRow(Cell(Paragraph("Side")), Cell(Paragraph("left")))
    table.AddRow(Cell(Paragraph("Level")), Cell(Paragraph("L4-L5")))
    section.append(table)
    section.append("Below")
    path = FOLDER / "pyrtf.rtf"
    with path.open("w") as file:
        Renderer().Write(document, file)
    check_text(path, [*ASCII, "Side: left", "Level: L4-L5", "Below"])


def striprtf_files():
    """Hand-written RTF read by another reader as well."""
    from striprtf.striprtf import rtf_to_text

    escaped = "".join(
        f"\\u{ord(c) if ord(c) < 32768 else ord(c) - 65536}?" if ord(c) > 127 else ("\\" + c if c in "\\{}" else c)
        for c in "\n".join(NOTE)
    ).replace("\n", "\\par\n")
    hexed = "".join(
        f"\\'{c.encode('cp1252')[0]:02x}" if ord(c) > 127 else ("\\" + c if c in "\\{}" else c) for c in "\n".join(NOTE)
    ).replace("\n", "\\par\n")
    for name, body in [("unicode.rtf", escaped), ("hex.rtf", hexed)]:
        rtf = "{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fswiss\\fcharset0 Arial;}}\\f0 " + body + "\\par}"
        path = write(name, rtf)
        item = check_text(path, NOTE)
        check(f"{name}: as striprtf", squash(item.get("text", "")), squash(rtf_to_text(rtf)))
    russian = "Пациент"
    rtf = (
        "{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Arial;}{\\f1\\fcharset204 Arial Cyr;}}\\f1 "
        + "".join(f"\\'{b:02x}" for b in russian.encode("cp1251"))
        + "\\f0  done\\par}"
    )
    check_text(write("cyrillic.rtf", rtf), [russian + " done"])


# Tables.
def table_files():
    import openpyxl

    header = ["Note ID", "Date of Service", "Note Text", "Billed CPT"]
    text = "\n".join(NOTE)
    rows = [[101, SERVICE, text, "62323"], [102, SERVICE, 'Second, with "quotes"; and more', "64483, 64484-50"]]
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(header)
    for row in rows:
        sheet.append(row)
    sheet["F9"] = "remark far away"
    book.create_sheet("Legend").append(["just", "words"])
    path = FOLDER / "openpyxl.xlsx"
    book.save(path)
    item = check_text(path, NOTE, id="101", billed_codes=["62323"])
    check_date(item, "openpyxl.xlsx")
    check_text(path, [rows[1][2]], index=1, id="102", billed_codes=["64483", "64484-50"])
    styles = {
        "comma.csv": (dict(dialect="excel"), "utf-8", "%m/%d/%Y"),
        "excel.csv": (dict(dialect="excel", delimiter=";"), "utf-8-sig", "%d.%m.%Y"),
        "windows.csv": (dict(dialect="excel", delimiter=";"), "cp1252", "%d-%b-%Y"),
        "tabs.tsv": (dict(dialect="excel-tab"), "utf-8", "%Y/%m/%d"),
        "quoted.csv": (dict(dialect="unix"), "utf-16", "%Y-%m-%d"),
        "noname": (dict(dialect="excel", delimiter="|"), "utf-8", "%Y%m%d"),
    }
    for name, (style, encoding, date) in styles.items():
        out = io.StringIO(newline="")
        writer = csv.writer(out, **style)
        writer.writerow(header)
        for row in rows:
            writer.writerow([row[0], row[1].strftime(date), row[2], row[3]])
        path = write(name, out.getvalue().encode(encoding))
        item = check_text(path, NOTE, id="101", billed_codes=["62323"])
        check_date(item, name)
        check_text(path, [rows[1][2]], index=1, id="102")
    objects = [{"note_id": 7, "text": text, "dos": "2025-10-14", "cpt": [62323]}, {"note_id": "b", "text": "second"}]
    for name, data in [
        ("array.json", json.dumps(objects, indent=1)),
        ("inner.json", json.dumps({"exported": "today", "notes": objects})),
        ("ascii.jsonl", "\n".join(json.dumps(it) for it in objects)),
    ]:
        path = write(name, data)
        item = check_text(path, NOTE, id="7", billed_codes=["62323"])
        check_date(item, name)
        check_text(path, ["second"], index=1, id="b")


# HL7 v2.
def hl7_files():
    import hl7
    from hl7apy.core import Message

    message = Message("MDM_T02", version="2.5")
    message.msh.msh_9 = "MDM^T02^MDM_T02"
    message.msh.msh_10 = "CTRL1"
    message.txa.txa_1 = "1"
    message.txa.txa_2 = "OP^Operative report"
    message.txa.txa_4 = "20251014093000"
    message.txa.txa_12 = "DOC-1^EHR"
    message.txa.txa_17 = "LA"
    for index, line in enumerate(NOTE):
        for plain, escape in [("\\", "\\E\\"), ("|", "\\F\\"), ("^", "\\S\\"), ("&", "\\T\\"), ("~", "\\R\\")]:
            line = line.replace(plain, escape) if plain != "\\" else line.replace(plain, "\0").replace("\0", escape)
        obx = message.add_group("MDM_T02_OBSERVATION").add_segment("OBX")
        obx.obx_1 = str(index + 1)
        obx.obx_2 = "TX"
        obx.obx_3 = "OP^Operative report"
        obx.obx_5 = line
        obx.obx_11 = "F"
    path = write("hl7apy.hl7", message.to_er7())
    status = {"completion": "LA", "authentication": "Authenticated"}
    item = check_text(path, NOTE, id="DOC-1", message_control_id="CTRL1", **status)
    check_date(item, path.name)

    # It writes characters beyond ASCII as \X2013\.
    plain = hl7.parse("MSH|^~\\&|A|B|C|D|20251015||MDM^T02|M2|P|2.3\rTXA|1|OP|TX|20251014||||||||D2\r")
    lines = [plain.escape(line) for line in NOTE]
    rows = "\r".join(f"OBX|{i + 1}|TX|OP||{line}" for i, line in enumerate(lines))
    text = str(plain).rstrip("\r") + "\r" + rows + "\r"
    check_text(write("hl7.hl7", text), NOTE, id="D2", authentication="Unknown")

    import docx

    inner = docx.Document()
    for line in NOTE:
        inner.add_paragraph(line)
    out = io.BytesIO()
    inner.save(out)
    ed = "^application^DOCX^Base64^" + base64.b64encode(out.getvalue()).decode()
    batch = "FHS|^~\\&|x\rBHS|^~\\&|x\r" + text + (
        "MSH|^~\\&|A|B|C|D|20251015||MDM^T06|M3|P|2.3\rTXA|1|OP|AP|20251014||||||||D3|D2||||DI\r"
        f"OBX|1|ED|OP||{ed}\r"
    ) + "MSH|^~\\&|A|B|C|D|20251015||ADT^A08|M4|P|2.3\rBTS|3\rFTS|1\r"
    path = write("batch.hl7", batch)
    check_text(path, NOTE, id="D2")
    status = {"relation": "Addendum", "authentication": "NotAuthenticated"}
    check_text(path, NOTE, index=1, id="D3", parent_document="D2", **status)
    check("batch.hl7: ADT is named", "ADT" in read(path)[2].get("skipped", ""), True)


# FHIR.
def fhir_files():
    from fhir.resources.R4B.binary import Binary
    from fhir.resources.R4B.bundle import Bundle
    from fhir.resources.R4B.composition import Composition
    from fhir.resources.R4B.diagnosticreport import DiagnosticReport
    from fhir.resources.R4B.documentreference import DocumentReference

    text = "\n".join(NOTE)
    data = base64.b64encode(text.encode()).decode()
    html = "<div xmlns=\"http://www.w3.org/1999/xhtml\">" + "".join(
        f"<p>{line.replace('&', '&amp;').replace('<', '&lt;')}</p>" for line in NOTE
    ) + "</div>"
    base = {
        "resourceType": "DocumentReference",
        "id": "note1",
        "status": "current",
        "docStatus": "final",
        "type": {"coding": [{"system": "http://loinc.org", "code": "11504-8", "display": "Surgical operation note"}]},
        "date": "2025-10-15T10:00:00Z",
        "context": {"period": {"start": "2025-10-14T09:30:00Z"}},
    }
    inline = DocumentReference.model_validate(
        base | {"content": [{"attachment": {"contentType": "text/plain", "data": data}}]}
    )
    path = write("documentreference.json", inline.model_dump_json(indent=2))
    item = check_text(path, NOTE, id="note1", completion="final", authentication="Authenticated")
    check_date(item, path.name)
    by_url = DocumentReference.model_validate(
        base
        | {
            "id": "note2",
            "docStatus": "preliminary",
            "relatesTo": [{"code": "appends", "target": {"reference": "DocumentReference/note1"}}],
            "content": [
                {"attachment": {"contentType": "application/pdf", "url": "Binary/pdf"}},
                {"attachment": {"contentType": "text/html", "url": "urn:uuid:aaaa"}},
            ],
        }
    )
    page = Binary.model_validate(
        {"resourceType": "Binary", "id": "h", "contentType": "text/html", "data": base64.b64encode(html.encode()).decode()}
    )
    report = DiagnosticReport.model_validate(
        {
            "resourceType": "DiagnosticReport",
            "id": "rep1",
            "status": "final",
            "code": {"text": "Epidural"},
            "effectiveDateTime": "2025-10-14",
            "presentedForm": [{"contentType": "text/plain; charset=utf-8", "data": data}],
        }
    )
    composition = Composition.model_validate(
        {
            "resourceType": "Composition",
            "id": "comp1",
            "status": "preliminary",
            "type": {"text": "Op note"},
            "date": "2025-10-14",
            "author": [{"display": "x"}],
            "title": "Note",
            "section": [
                {"title": "Procedure", "text": {"status": "generated", "div": html}},
                {"title": "Findings", "section": [{"title": "Imaging", "text": {"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\"><table><tr><td>Level</td><td>L4-5</td></tr></table></div>"}}]},
            ],
        }
    )
    bundle = Bundle.model_validate(
        {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [
                {"fullUrl": "urn:uuid:bbbb", "resource": by_url.model_dump()},
                {"fullUrl": "urn:uuid:aaaa", "resource": page.model_dump()},
                {"fullUrl": "urn:uuid:cccc", "resource": report.model_dump()},
                {"fullUrl": "urn:uuid:dddd", "resource": composition.model_dump()},
            ],
        }
    )
    path = write("bundle.json", bundle.model_dump_json())
    check_text(path, NOTE, id="note2", parent_document="note1", relation="Addendum", authentication="NotAuthenticated")
    item = check_text(path, NOTE, index=1, id="rep1")
    check_date(item, "DiagnosticReport")
    check_text(path, ["Procedure:", *NOTE, "Findings:", "Imaging:", "Level: L4-5"], index=2, id="comp1")
    check("bundle.json: items", len(read(path)), 3)
    lines = "\n".join(it.model_dump_json() for it in (inline, page, report))
    path = write("export.ndjson", lines)
    check_text(path, NOTE, id="note1")
    check("export.ndjson: items", len(read(path)), 3)


# PDF.
def pdf_files():
    from fpdf import FPDF
    from pypdf import PdfReader, PdfWriter
    from reportlab.lib import pagesizes, pdfencrypt
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen import canvas
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

    latin = [line.replace("½", "1/2") for line in NOTE]
    path = FOLDER / "canvas.pdf"
    page = canvas.Canvas(str(path), pagesize=pagesizes.letter)
    y = 740
    for line in ("Patient: X", "Date: 10/14/2025"):
        page.drawString(72 if line.startswith("P") else 400, y, line)
    for line in latin:
        for start in range(0, len(line), 90):
            y -= 14
            page.drawString(72, y, line[start : start + 90])
    page.showPage()
    page.drawString(72, 700, "Second page")
    page.showPage()
    page.save()
    joined = []
    for line in latin:
        joined += [line[start : start + 90] for start in range(0, len(line), 90)]
    item = check_text(path, ["Patient: X Date: 10/14/2025", *joined, "Second page"])
    check("canvas.pdf: place", item["map"][-1][2], "page 2, line 1")

    fonts = ["/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"]
    found = [it for it in fonts if pathlib.Path(it).exists()]
    if found:
        pdfmetrics.registerFont(TTFont("DejaVu", found[0]))
        sheet = getSampleStyleSheet()["Normal"]
        sheet.fontName = "DejaVu"
        path = FOLDER / "platypus.pdf"
        flow = [Paragraph(line.replace("&", "&amp;").replace("<", "&lt;"), sheet) for line in NOTE]
        table = Table([["Drug", "Dose"], ["Kenalog", "80 mg"]], colWidths=[120, 200])
        SimpleDocTemplate(str(path)).build([*flow, table])
        check_text(path, [*NOTE, "Drug Dose Kenalog 80 mg"])
        writer = PdfWriter(clone_from=PdfReader(str(path)))
        for it in writer.pages:
            it.rotate(90)
            it.compress_content_streams()
        path = FOLDER / "pypdf-rotated.pdf"
        writer.write(str(path))
        check_text(path, [*NOTE, "Drug Dose Kenalog 80 mg"])
        path = FOLDER / "fpdf2.pdf"
        document = FPDF()
        document.add_page()
        document.add_font("DejaVu", fname=found[0])
        document.set_font("DejaVu", size=11)
        for line in NOTE:
            document.multi_cell(0, 6, line, align="L", new_x="LMARGIN", new_y="NEXT")
        document.output(str(path))
        check_text(path, NOTE)
        path = FOLDER / "fpdf2-justified.pdf"
        document = FPDF()
        document.add_page()
        document.set_font("Times", size=11)
        for line in ASCII:
            document.multi_cell(0, 6, line, align="J", new_x="LMARGIN", new_y="NEXT")
        document.output(str(path))
        check_text(path, ASCII)
    for password, name in [("", "owner-password.pdf"), ("secret", "user-password.pdf")]:
        path = FOLDER / name
        page = canvas.Canvas(str(path), encrypt=pdfencrypt.StandardEncryption(password, ownerPassword="o", strength=128))
        page.drawString(72, 700, "Locked note text")
        page.save()
        if password:
            check_message(path, "error", "encrypted")
        else:
            check_text(path, ["Locked note text"])
    path = FOLDER / "aes.pdf"
    writer = PdfWriter(clone_from=PdfReader(str(FOLDER / "canvas.pdf")))
    try:
        writer.encrypt("", "owner", algorithm="AES-256")
        writer.write(str(path))
        check_text(path, ["Patient: X Date: 10/14/2025", *joined, "Second page"])
    except Exception as error:  # pypdf needs another package for AES
        print(f"aes.pdf not written: {error.__class__.__name__}")
    path = FOLDER / "scan.pdf"
    page = canvas.Canvas(str(path))
    page.rect(10, 10, 300, 300, fill=1)
    page.showPage()
    page.save()
    check_message(path, "skipped", "without a text layer")
    path = FOLDER / "form.pdf"
    page = canvas.Canvas(str(path))
    page.drawString(72, 700, "Level:")
    page.acroForm.textfield(name="level", value="L4-L5", x=120, y=690, width=200, height=20)
    page.save()
    check_text(path, ["Level: L4-L5"])


# C-CDA, written with the standard library.
def cda_files():
    import xml.etree.ElementTree as tree

    namespace = "urn:hl7-org:v3"
    tree.register_namespace("", namespace)

    def element(parent, name, text=None, **attributes):
        made = tree.SubElement(parent, f"{{{namespace}}}{name}", attributes)
        made.text = text
        return made

    root = tree.Element(f"{{{namespace}}}ClinicalDocument")
    element(root, "id", root="1.2.3", extension="CDA-1")
    element(root, "code", code="11504-8", displayName="Surgical operation note")
    element(root, "title", "Operative Note")
    element(root, "effectiveTime", value="20251015103000-0500")
    signer = element(root, "legalAuthenticator")
    element(signer, "time", value="20251016")
    element(signer, "signatureCode", code="S")
    event = element(element(root, "documentationOf"), "serviceEvent", classCode="PROC")
    element(event, "code", code="62323", displayName="Epidural", codeSystem="2.16.840.1.113883.6.12")
    element(element(event, "effectiveTime"), "low", value="20251014")
    body = element(element(root, "component"), "structuredBody")
    section = element(element(body, "component"), "section")
    element(section, "title", "Procedure Description")
    text = element(section, "text")
    for line in NOTE:
        element(text, "paragraph", line)
    rows = element(element(text, "table"), "tbody")
    row = element(rows, "tr")
    element(row, "td", "Level")
    element(row, "td", "L4-L5")
    listing = element(text, "list", listType="ordered")
    element(listing, "item", "one")
    element(listing, "item", "two")
    deleted = element(text, "paragraph", "Kept ")
    element(deleted, "content", "gone", revised="delete")
    plain = element(element(body, "component"), "section")
    element(plain, "title", "Complications:")
    element(plain, "text", "None.\nPatient tolerated well.")
    path = FOLDER / "operative.xml"
    tree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
    expected = ["Operative Note", "Procedure Description:", *NOTE, "Level: L4-L5", "1. one", "2. two", "Kept"]
    expected += ["Complications:", "None. Patient tolerated well."]
    item = check_text(path, expected, id="CDA-1", authentication="Authenticated")
    check_date(item, path.name)
    check("operative.xml: order", item["metadata"]["ordered_procedures"][0][1], "62323")
    tree.ElementTree(root).write(FOLDER / "utf16.xml", encoding="utf-16", xml_declaration=True)
    check_text(FOLDER / "utf16.xml", expected, id="CDA-1")


# Archives, with everything made so far in one.
def archive_files():
    path = FOLDER / "all.zip"
    files = sorted(it for it in FOLDER.iterdir() if it.suffix != ".zip")
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("deep/note.txt", "\n".join(NOTE).encode("utf-16"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/", b"")
        for file in files:
            archive.write(file, f"folder/{file.name}")
        archive.writestr("inner.zip", inner.getvalue())
    single = [it for file in files for it in read(file)]
    whole = read(path)
    check("all.zip: items", len(whole), len(single) + 1)
    texts = [it.get("text") for it in single]
    check("all.zip: texts", [it.get("text") for it in whole][:-1], texts)
    check("all.zip: inner", squash(whole[-1].get("text", "")), squash("\n".join(NOTE)))


for step in [
    docx_files,
    pandoc_files,
    pyrtf_files,
    striprtf_files,
    table_files,
    hl7_files,
    fhir_files,
    pdf_files,
    cda_files,
    archive_files,
]:
    try:
        step()
    except Exception as error:
        import traceback

        failures.append(f"{step.__name__}: {error!r}\n{traceback.format_exc(limit=-2)}")
print(f"{count} comparisons, {len(failures)} failures")
for failure in failures:
    print(failure)
sys.exit(1 if failures else 0)
