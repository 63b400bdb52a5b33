// Draws the charts of a page in the reader's colours, and again when these change.
(() => {
  "use strict";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const font = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

  function colours() {
    const style = getComputedStyle(document.documentElement);
    const of = (name) => style.getPropertyValue(name).trim();
    return {
      text: of("--text"),
      quiet: of("--quiet"),
      line: of("--line"),
      shown: [1, 2, 3, 4, 5, 6, 7, 8].map((number) => of(`--c${number}`)),
      ramp: [of("--ramp-low"), of("--ramp-high")],
    };
  }

  function config() {
    const { text, quiet, line, shown, ramp } = colours();
    const narrow = window.innerWidth < 480;
    return {
      background: "transparent",
      font,
      aria: false,
      view: { stroke: null },
      axis: {
        labelColor: quiet, titleColor: quiet, titleFontWeight: "normal", labelFontSize: 12, titleFontSize: 12,
        gridColor: line, domainColor: line, tickColor: line,
      },
      axisX: { tickCount: 5 },
      axisY: { tickCount: 5, labelLimit: narrow ? 110 : 240 },
      axisYQuantitative: { domain: false, ticks: false },
      legend: {
        columns: narrow ? 2 : 4, labelColor: text, labelFontSize: 12, labelLimit: narrow ? 120 : 220, orient: "top",
        symbolType: "circle",
      },
      range: { category: shown, heatmap: ramp, ramp },
      bar: { color: shown[0] },
      line: { color: shown[0], strokeWidth: 2 },
      point: { color: shown[0] },
      rule: { color: quiet },
      text: { color: text, fontSize: 12 },
    };
  }

  async function draw(chart) {
    const spec = JSON.parse(chart.querySelector("script").textContent);
    chart.view?.finalize();
    const [choices, drawn] = ["choices", "drawn"].map((name) => {
      const place = chart.querySelector(`.${name}`) ?? chart.appendChild(document.createElement("div"));
      place.className = name;
      place.replaceChildren();
      return place;
    });
    drawn.setAttribute("role", "img");
    drawn.setAttribute("aria-label", chart.dataset.label);
    const { view } = await vegaEmbed(drawn, spec, {
      actions: false, ast: true, bind: choices, config: config(), defaultStyle: false, renderer: "svg",
      tooltip: { disableDefaultStyle: true },
    });
    chart.view = view;
    // its parts have roles without names; the table has their figures
    drawn.querySelector("svg").setAttribute("aria-hidden", "true");
  }

  function drawAll() {
    document.querySelectorAll(".chart").forEach(draw);
  }

  dark.addEventListener("change", drawAll);
  drawAll();
})();
