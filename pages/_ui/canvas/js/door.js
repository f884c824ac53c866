// The canvas component itself holds next to no code: Streamlit sends a component's code with each of
// its payloads. All of it is in a second component, which never changes and thus travels once.

function door() {
  globalThis.rpnCanvasDoor ??= { draw: null, waiting: new Set() };
  return globalThis.rpnCanvasDoor;
}

function openDoor(draw) {
  const { waiting } = Object.assign(door(), { draw });
  for (const enter of waiting) enter();
  waiting.clear();
}

// Draw as soon as the code has come; returns what ends it.
function enterDoor(component) {
  let leave = null;
  const enter = () => (leave = door().draw(component));
  if (door().draw) enter();
  else door().waiting.add(enter);
  return () => {
    door().waiting.delete(enter);
    leave?.();
  };
}
