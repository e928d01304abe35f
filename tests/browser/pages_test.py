#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""pages_test.py SAMPLE_PAGES CHROMIUM [FOLDER]

Opens timelines and reports in headless Chromium, in light and dark and at a phone's width: nothing is
said on the console, nothing is asked of any other place, nothing is wider than the screen, no text is
too small to read, and ink and paper are far apart. FOLDER keeps the pictures, to be looked at.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

SCHEMES = {"dark": "0", "light": "1"}

# Put into a copy of the page: what it measures is read from the page's text afterwards.
PROBE = """<script>
addEventListener("load", () => {
  const luminance = color => {
    const [r, g, b] = color.match(/[0-9.]+/g).map(c => {
      c /= 255; return c <= 0.04 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const style = getComputedStyle(document.body);
  const [ink, paper] = [luminance(style.color), luminance(style.backgroundColor)];
  const sizes = [...document.querySelectorAll("p,td,th,pre,h1,h2,b,span")]
    .filter(e => e.textContent.trim() && !e.closest("svg"))
    .map(e => parseFloat(getComputedStyle(e).fontSize));
  // Texts of pictures by the size that they are shown in; tspans have one of their own.
  const drawn = [...document.querySelectorAll("svg text,svg tspan")]
    .filter(e => e.getBoundingClientRect().width > 0)
    .map(e => parseFloat(getComputedStyle(e).fontSize) * e.ownerSVGElement.getScreenCTM().a);
  const boxes = [...document.querySelectorAll(".chart text")].map(e => e.getBoundingClientRect())
    .filter(box => box.width > 0);
  const outside = [...document.querySelectorAll(".chart text")].filter(e => {
    const [box, svg] = [e.getBoundingClientRect(), e.ownerSVGElement.getBoundingClientRect()];
    return box.width > 0 && (box.left < svg.left || box.right > svg.right); }).length;
  const overlap = (a, b) => a.left < b.right && b.left < a.right && a.top + 4 < b.bottom && b.top + 4 < a.bottom;
  document.body.append(Object.assign(document.createElement("div"), {
    id: "probe", textContent: JSON.stringify({
      screen: innerWidth, width: document.documentElement.scrollWidth,
      contrast: (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05),
      dark: matchMedia("(prefers-color-scheme: dark)").matches,
      smallest: Math.min(...sizes), drawn: Math.min(...drawn), outside,
      covered: boxes.filter((a, i) => boxes.some((b, j) => i != j && overlap(a, b))).length,
      cut: [...document.querySelectorAll(".tile b")].filter(e => e.scrollWidth > e.clientWidth).length,
      headings: document.querySelectorAll("h2").length})}));
});
</script>"""

# How wide a picture is drawn.
WIDTH_PROBE = """<script>
const svg = document.documentElement;
svg.dataset.width = svg.getBoundingClientRect().width;
</script>"""


class Browser:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def open(self, file, size, scheme, *options):
        """Returns what the browser prints; fails on console messages and requests of the page."""
        dom, asked = self.look_at(file, size, scheme, *options)
        check(not asked, f"{file} at {size} in {scheme}: it asks for", asked)
        return dom

    def look_at(self, file, size, scheme, *options):
        """Returns what the browser prints and the places that the page asks for something."""
        net_log = os.path.join(self.folder, "net.json")
        command = [
            self.program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--disable-extensions", "--hide-scrollbars",
            "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr",
            f"--user-data-dir={self.folder}/profile", f"--log-net-log={net_log}",
            f"--window-size={size}", f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}",
            "--virtual-time-budget=3000", *options, f"file://{self.folder}/{file}"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=100, check=False)
        where = f"{file} at {size} in {scheme}"
        check(done.returncode == 0, where, done.stderr)
        check("CONSOLE" not in done.stderr, f"{where}: the console", done.stderr)
        with open(net_log, encoding="utf-8", errors="replace") as log:
            requests = [event["params"] for event in json.load(log)["events"]
                        if "initiator" in event.get("params", {})]
        # The browser asks for its own updates besides, on behalf of no page.
        return done.stdout, {request["url"] for request in requests
                             if request["initiator"] != "not an origin"
                             and request.get("url", "").startswith("http")}


failed = 0


def check(good, what, details=""):
    global failed
    if not good:
        failed += 1
        print(f"FAILED: {what}: {details}")


def judge(probe, where, smallest_drawn):
    """Returns what the probe of a page has seen, once it has been checked."""
    check(probe, where, "there is no probe")
    seen = json.loads(probe or "{}")
    if seen:
        check(seen["width"] <= seen["screen"], f"{where}: too wide", seen)
        check(seen["contrast"] >= 7, f"{where}: ink on paper", seen)
        check(seen["smallest"] >= 12, f"{where}: small print", seen)
        check(seen["drawn"] >= smallest_drawn, f"{where}: small print in pictures", seen)
        check(seen["covered"] == 0, f"{where}: labels that cover others", seen)
        check(seen["outside"] == 0, f"{where}: labels that are cut off", seen)
        check(seen["cut"] == 0, f"{where}: numbers that do not fit", seen)
        check(seen["headings"] >= 5, f"{where}: sections", seen)
    return seen


def main():
    sample_pages, chromium = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as temporary:
        folder = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 else temporary
        os.makedirs(folder, exist_ok=True)
        subprocess.run([sample_pages, folder], check=True)
        browser = Browser(chromium, folder)
        place = "http://example.org/picture.png"
        with open(f"{folder}/asking.html", "w", encoding="utf-8") as page:
            page.write(f'<img src="{place}">')
        _, asked = browser.look_at("asking.html", "500,900", "light", "--dump-dom")
        check(asked == {place}, "a page that asks for something is not seen to", asked)
        for ranks in (2, 512):
            for scheme in SCHEMES:
                picture = f"{folder}/timeline-{ranks}-{scheme}.png"
                browser.open(f"timeline-{ranks}.svg", "1240,900", scheme, f"--screenshot={picture}")
                check(os.path.getsize(picture) > 10_000, f"{picture} shows next to nothing")
            with open(f"{folder}/timeline-{ranks}.svg", encoding="utf-8") as picture:
                text = picture.read()
            with open(f"{folder}/probed-{ranks}.svg", "w", encoding="utf-8") as picture:
                picture.write(text.replace("</svg>", WIDTH_PROBE + "</svg>"))
            dom = browser.open(f"probed-{ranks}.svg", "700,900", "light", "--dump-dom")
            width = re.search(r'data-width="([0-9.]+)"', dom)
            check(width and float(width[1]) <= 700, f"a timeline of {ranks} ranks in a window of 700",
                  width and width[1])
        for name in ("2", "512", "close"):
            with open(f"{folder}/report-{name}.html", encoding="utf-8") as page:
                text = page.read()
            with open(f"{folder}/probed-{name}.html", "w", encoding="utf-8") as page:
                page.write(text.replace("</body>", PROBE + "</body>"))
            for scheme in SCHEMES:
                for size in ("500,900", "1280,900"):
                    dom = browser.open(f"probed-{name}.html", size, scheme, "--dump-dom")
                    found = re.search(r'id="probe">({.*?})<', dom)
                    where = f"report {name} at {size} in {scheme}"
                    seen = judge(found and found[1].replace("&quot;", '"'), where, 10)
                    check(seen.get("dark") == (scheme == "dark"), f"{where}: the scheme", seen)
        # A phone is narrower than a window can be: the page in a frame of its width.
        for name, width in (("2", 320), ("2", 390), ("close", 360)):
            with open(f"{folder}/phone.html", "w", encoding="utf-8") as page:
                page.write(f'<body style="margin:0"><iframe style="border:0" width="{width}" height="3000" '
                           f'src="probed-{name}.html"></iframe><script>addEventListener("load",()=>'
                           'setTimeout(()=>{document.body.dataset.probe='
                           'frames[0].document.getElementById("probe").textContent},200))</script></body>')
            dom = browser.open("phone.html", "500,3000", "light", "--dump-dom",
                               "--allow-file-access-from-files")
            found = re.search(r'data-probe="([^"]*)"', dom)
            judge(found and found[1].replace("&quot;", '"'), f"report {name} on a phone of {width}",
                  8.5 if width < 360 else 9.5)
            if len(sys.argv) > 3:
                browser.open("phone.html", "500,3000", "light", "--allow-file-access-from-files",
                             f"--screenshot={folder}/phone-{name}-{width}.png")
    print("failed" if failed else "passed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
