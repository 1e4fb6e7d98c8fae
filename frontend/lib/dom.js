// Elements without markup: what is given as a child is text, whatever it holds.

/** An element with attributes and children; children are elements or text. A null attribute is left out. */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** Sets a text only where it differs, so that screen readers do not hear unchanged news. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
