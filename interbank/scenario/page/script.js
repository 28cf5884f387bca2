"use strict";
// A convenience: pointing at a message lights up its answer too, and steps fold together.
for (const call of document.querySelectorAll(".call")) {
    const pair = () => call.closest("svg").querySelectorAll(
        `.call[data-call="${call.dataset.call}"]`);
    const light = (on) => pair().forEach((one) => one.classList.toggle("lit", on));
    call.addEventListener("mouseenter", () => light(true));
    call.addEventListener("mouseleave", () => light(false));
}
const groups = [...document.querySelectorAll(".group")];
if (groups.length > 1) {
    const tools = document.createElement("p");
    tools.className = "tools";
    const button = (text, open) => {
        const one = document.createElement("button");
        one.textContent = text;
        one.addEventListener("click", () => groups.forEach((group) => {
            group.open = open(group);
        }));
        tools.append(one);
    };
    button("Open all steps", () => true);
    button("Close all", () => false);
    button("Only steps with hurt messages", (group) =>
        group.querySelector(".word") !== null);
    groups[0].before(tools);
}
