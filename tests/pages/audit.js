// Looks at a page as WCAG 2.1 AA does, as far as a machine can: contrast of text, names of controls, sizes of targets.
(({ smallestTarget }) => {
  const findings = [];
  const parse = (text) => {
    const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const over = (top, under) => ({
    r: top.r * top.a + under.r * (1 - top.a), g: top.g * top.a + under.g * (1 - top.a), b: top.b * top.a + under.b * (1 - top.a), a: 1,
  });
  const seen = (element) => {
    const box = element.getBoundingClientRect();
    return element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && box.width > 1 && box.height > 1 && !element.closest(".unseen, .skip");
  };
  const ground = (element) => {
    const layers = [];
    for (let node = element; node; node = node.parentElement) {
      const colour = parse(getComputedStyle(node).backgroundColor);
      if (colour.a > 0) layers.push(colour);
      if (colour.a === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), { r: 255, g: 255, b: 255, a: 1 });
  };
  const luminance = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const contrast = (a, b) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  const label = (element) => `${element.tagName.toLowerCase()}.${element.className?.baseVal ?? element.className} "${(element.textContent || element.placeholder || "").trim().slice(0, 30)}"`;

  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !seen(element) || element.closest("noscript, :disabled")) continue;
    texts += 1;
    const style = getComputedStyle(element);
    const back = ground(element);
    const ratio = contrast(over(parse(style.color), back), back);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) findings.push(`contrast ${ratio.toFixed(2)} of ${label(element)} at ${size}px`);
  }

  const named = (element) => element.getAttribute("aria-label") || element.getAttribute("aria-labelledby") || element.textContent.trim()
    || element.labels?.[0]?.textContent.trim() || element.alt;
  const controls = [...document.querySelectorAll("a[href], button, input, textarea, select, summary, [tabindex='0']")].filter(seen);
  for (const control of controls) {
    if (!named(control)) findings.push(`no name: ${label(control)}`);
    // A radio button's target is its label.
    const box = (control.matches("[type=radio], [type=checkbox]") ? control.labels[0] : control).getBoundingClientRect();
    if (control.tagName !== "PRE" && (box.width < smallestTarget - 0.5 || box.height < smallestTarget - 0.5)) {
      findings.push(`target ${Math.round(box.width)}×${Math.round(box.height)}: ${label(control)}`);
    }
  }
  for (const image of document.querySelectorAll("img:not([alt])")) findings.push(`no alternative: ${label(image)}`);
  for (const svg of document.querySelectorAll("svg:not([aria-hidden])")) findings.push(`an icon that speaks: ${label(svg)}`);
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids.filter((one, index) => ids.indexOf(one) !== index))) findings.push(`id twice: ${id}`);
  if (!document.documentElement.lang || !document.title) findings.push("no language or title");
  if (document.querySelectorAll("h1").length !== 1) findings.push(`${document.querySelectorAll("h1").length} first headings`);
  if (!document.querySelector("main")) findings.push("no main");
  if (document.documentElement.scrollWidth > innerWidth) findings.push(`scrolls sideways: ${document.documentElement.scrollWidth} > ${innerWidth}`);
  return { findings, texts, controls: controls.length };
})
