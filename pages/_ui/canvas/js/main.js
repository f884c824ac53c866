// What Streamlit calls with every new payload, theme or remount, by way of door.js.

const stages = new WeakMap(); // root element -> stage

function drawCanvas(component) {
  const root = component.parentElement.querySelector(".root");
  if (!stages.has(root)) stages.set(root, createStage(root));
  const stage = stages.get(root);
  stage.setStateValue = component.setStateValue;
  stage.setTriggerValue = component.setTriggerValue;
  takePayload(stage, parsePayload(component.data));
  return () => {
    // Streamlit also calls this for a payload that the next one overtook: then root still lives.
    if (root.isConnected) return;
    stage.destroy();
    stages.delete(root);
  };
}

openDoor(drawCanvas);

export default function () {}
