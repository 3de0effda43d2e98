"""What the tests do with a browser: open pages, press keys, read numbers, look for trouble."""

from __future__ import annotations

import json
import shutil
from base64 import b64decode
from io import BytesIO

import PIL.Image
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # chromium refuses to run as root with it
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
)


def start(profile):
    """Start chromium with a new profile."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for option in (*OPTIONS, f"--user-data-dir={profile}", "about:blank"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    return webdriver.Chrome(options, service)


class Browser:
    """A window of the browser, and the page in it."""

    def __init__(self, driver, folder):
        self.driver = driver
        self.folder = folder
        self._requests = []
        self._complaints = []

    def forget(self):
        """Forget what earlier pages have complained of and asked for."""
        self.driver.get("about:blank")
        self.complaints().clear()
        self.requests()
        self._requests.clear()

    def open(self, page, *, width=1440, height=900, dark=False, reduced_motion=False):
        """Show the bytes of a page in a window of this size."""
        path = self.folder / "page.html"
        path.write_bytes(page)
        self.resize(width, height)
        features = {
            "prefers-color-scheme": "dark" if dark else "light",
            "prefers-reduced-motion": "reduce" if reduced_motion else "no-preference",
        }
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {"features": [{"name": name, "value": value} for name, value in features.items()]},
        )
        self.driver.get(path.as_uri())

    def open_chapters(self):
        """Open all chapters of a comparison, which are drawn then."""
        self.run("for (const one of document.querySelectorAll('.chapter')) one.open = true")
        self.wait_for(lambda: not self.find_all(".chapter:not([data-drawn])"))

    def resize(self, width, height=900):
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def find_all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.find(selector).text

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def focused(self, name):
        """A property of the element that has the focus."""
        return self.run("return document.activeElement[arguments[0]]", name)

    def wait_for(self, condition):
        """Wait until a condition holds, for at most ten seconds."""
        WebDriverWait(self.driver, 10, 0.05).until(lambda _: condition())

    def press(self, *keys):
        """Press keys where the focus is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def hover(self, element, x=0.5, y=0.5):
        """Move the pointer to a place of an element, told as a part of its width and height."""
        self._move(element, x, y).perform()

    def click(self, element, x=0.5, y=0.5):
        self._move(element, x, y).click().perform()

    def _move(self, element, x, y):
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        width, height = element.size["width"], element.size["height"]
        dx, dy = round((x - 0.5) * width), round((y - 0.5) * height)
        return ActionChains(self.driver, duration=20).move_to_element_with_offset(element, dx, dy)

    def pixel(self, canvas, x, y):
        """The color of a canvas at a place, told as a part of its width and height."""
        address = self.run("return arguments[0].toDataURL()", canvas)
        picture = PIL.Image.open(BytesIO(b64decode(address.split(",")[1])))
        return picture.getpixel((int(x * picture.width), int(y * picture.height)))

    def roles(self):
        """(role, name) of everything on the page, as a screen reader is told."""
        nodes = self.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        return [
            (node["role"]["value"], node.get("name", {}).get("value", ""))
            for node in nodes
            if not node["ignored"]
        ]

    def overflow(self):
        """How many px the page is wider than its window."""
        return self.run(
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )

    def complaints(self):
        """What the console has been told so far."""
        self._complaints += [entry["message"] for entry in self.driver.get_log("browser")]
        return self._complaints

    def requests(self):
        """Addresses that were asked for, but for the page itself and what is inside of it."""
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self._requests.append(message["params"]["request"]["url"])
        inside = ("data:", "about:", "chrome:", "blob:", self.folder.as_uri())
        return [address for address in self._requests if not address.startswith(inside)]
