// The canvas component itself holds next to no code: Streamlit sends a component's code with each of
// its payloads. All of it is in a second component, which is sent once.

const CODE_ASKED_AFTER_MS = 5000;
const CODE_ASKED_FOR = 3; // times at most

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
  let asked = 0;
  // It was sent, but a message can be overtaken by the next run and be lost.
  const asking = setInterval(() => {
    asked += 1;
    if (door().draw || asked > CODE_ASKED_FOR) clearInterval(asking);
    else component.setTriggerValue("missing", `code ${asked}`);
  }, CODE_ASKED_AFTER_MS);
  const enter = () => {
    clearInterval(asking);
    leave = door().draw(component);
  };
  if (door().draw) enter();
  else door().waiting.add(enter);
  return () => {
    clearInterval(asking);
    door().waiting.delete(enter);
    leave?.();
  };
}
