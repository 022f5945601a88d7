/// The style sheet of the page: system fonts, light and dark by the reader's setting, one column on a phone.
let reportStyle: HTML = """
  :root {
    --page: #f6f6f3; --card: #ffffff; --ink: #20242b; --soft: #69707c; --line: #e4e4de; --grid: #ecece7;
    --band: #f4f5f2; --c1: #2b6cb0; --c2: #cf6f0c; --c3: #0f8a6d; --c4: #b83a6b; --c5: #6a58c2; --c6: #6f7d1a;
    --good: #14785c; --bad: #b3413a;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --page: #14161a; --card: #1c1f25; --ink: #e6e8ec; --soft: #9aa1ad; --line: #2d313a; --grid: #282c34;
      --band: #21252c; --c1: #6aa9f0; --c2: #f0a24b; --c3: #3fc5a2; --c4: #ee7ba6; --c5: #a598f0; --c6: #b7c454;
      --good: #4fcaa6; --bad: #f08a80;
    }
  }
  * { box-sizing: border-box; }
  body {
    margin: 0 auto; padding: 0 20px 64px; max-width: 1080px; background: var(--page); color: var(--ink);
    font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
    font-variant-numeric: tabular-nums;
  }
  header { padding: 48px 0 20px; }
  h1 { margin: 0; font-size: clamp(26px, 4.5vw, 36px); line-height: 1.2; font-weight: 650; letter-spacing: -0.015em; }
  h2 { margin: 52px 0 14px; font-size: 20px; font-weight: 620; letter-spacing: -0.01em; }
  h3 { margin: 0; font-size: 15px; font-weight: 600; }
  h1, h3, p, dd, dt, td, th, li, .tile { unicode-bidi: isolate; overflow-wrap: break-word; min-width: 0; }
  nav { display: flex; flex-wrap: wrap; gap: 4px 20px; margin-top: 18px; font-size: 14px; }
  nav a { color: var(--c1); text-decoration: none; }
  nav a:hover { text-decoration: underline; }
  .card, .chart { background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
  .note, figcaption p { margin: 0; color: var(--soft); font-size: 13px; }
  small { color: var(--soft); font-size: 12.5px; font-weight: 400; }
  .tiles {
    display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 1px; overflow: hidden;
    background: var(--line); border: 1px solid var(--line); border-radius: 12px;
  }
  .tile { padding: 16px 14px; background: var(--card); }
  .tile span, .tile small { display: block; color: var(--soft); font-size: 12.5px; }
  .tile b { display: block; font-size: 20px; line-height: 1.5; font-weight: 620; letter-spacing: -0.01em; }
  .facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(400px, 100%), 1fr)); column-gap: 36px;
    margin: 0; padding: 10px 20px; }
  .facts div { display: grid; grid-template-columns: 130px 1fr; gap: 12px; padding: 6px 0; font-size: 14px; }
  dt { color: var(--soft); }
  dd { margin: 0; }
  .chart { margin: 0 0 16px; padding: 18px 20px 14px; }
  .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); gap: 16px; }
  .pair .chart { margin: 0; min-width: 0; }
  .legend { display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 8px 0 12px; padding: 0; list-style: none;
    font-size: 13px; color: var(--soft); }
  .legend i { display: inline-block; width: 14px; height: 3px; margin-right: 7px; border-radius: 2px;
    vertical-align: middle; background: var(--c); }
  .legend b { color: var(--ink); font-weight: 600; }
  .c0 { --c: var(--ink); } .c1 { --c: var(--c1); } .c2 { --c: var(--c2); } .c3 { --c: var(--c3); }
  .c4 { --c: var(--c4); } .c5 { --c: var(--c5); } .c6 { --c: var(--c6); }
  .frame { display: grid; grid-template: 20px 190px 22px / 50px 1fr; font-size: 12px; color: var(--soft); }
  .tall .frame { grid-template-rows: 20px 340px 22px; }
  .bands, .plot, .x, .y { position: relative; min-width: 0; }
  .bands, .x { grid-column: 2; }
  .plot svg { display: block; width: 100%; height: 100%; overflow: hidden; }
  .y span { position: absolute; right: 9px; transform: translateY(-50%); white-space: nowrap; }
  .x span { position: absolute; top: 5px; transform: translateX(-50%); white-space: nowrap; }
  .bands span { position: absolute; padding-left: 6px; overflow: hidden; text-overflow: ellipsis;
    white-space: nowrap; }
  polyline { fill: none; stroke: var(--c); stroke-linejoin: round; stroke-linecap: round;
    vector-effect: non-scaling-stroke; }
  .raw { stroke-width: 1; opacity: 0.22; }
  .smooth { stroke-width: 2; }
  .smooth.c0 { stroke-width: 4; opacity: 0.45; }
  .raw.c0 { opacity: 0.1; }
  .legend .c0 i { height: 4px; opacity: 0.45; }
  .only .legend .c0 i { height: 3px; opacity: 1; }
  .only .c0 { stroke-width: 2; opacity: 1; }
  .only .raw.c0 { stroke-width: 1; opacity: 0.22; }
  svg line { vector-effect: non-scaling-stroke; stroke: var(--grid); }
  svg .boundary { stroke: var(--soft); stroke-dasharray: 3 4; }
  .band0 { fill: transparent; } rect.band1 { fill: var(--band); }
  .bars { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(310px, 100%), 1fr)); gap: 16px;
    margin-bottom: 16px; }
  .bars .card { padding: 16px 18px; }
  .bar { display: grid; grid-template-columns: 104px 1fr 72px; gap: 10px; align-items: center; padding-top: 8px;
    font-size: 13px; }
  .bar span { color: var(--soft); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .bar b { text-align: right; font-weight: 600; white-space: nowrap; }
  .bar div, .span { height: 10px; border-radius: 5px; background: var(--grid); overflow: hidden; }
  .bar i { display: block; height: 100%; border-radius: 5px; background: var(--c1); }
  .bar.before i { opacity: 0.42; }
  .scroll { overflow-x: auto; padding: 6px 20px 10px; }
  table { width: 100%; border-collapse: collapse; font-size: 14px; }
  th, td { padding: 8px 14px 8px 0; text-align: left; vertical-align: top; font-weight: 400; }
  th:last-child, td:last-child { padding-right: 0; }
  thead th { color: var(--soft); font-size: 12.5px; white-space: nowrap; }
  tbody tr { border-top: 1px solid var(--grid); }
  tbody th { font-weight: 600; }
  .number { text-align: right; white-space: nowrap; }
  .wide { width: 34%; min-width: 150px; }
  .span { position: relative; margin-top: 6px; }
  .span i { position: absolute; top: 0; height: 100%; }
  .span .median { background: var(--c1); opacity: 0.5; border-radius: 5px; }
  .span .spread { min-width: 3px; background: var(--c2); }
  .examples { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(480px, 100%), 1fr)); gap: 16px; }
  article { display: grid; grid-template-columns: 150px 1fr; gap: 18px; padding: 18px; }
  article > div:only-child { grid-column: 1 / -1; }
  .pictures { display: grid; gap: 8px; align-content: start; }
  article img { width: 100%; aspect-ratio: 1; object-fit: contain; border-radius: 8px; background: #fff; }
  article dl { margin: 10px 0 0; font-size: 14px; }
  article dl div { display: grid; grid-template-columns: 100px 1fr; padding: 6px 0; border-top: 1px solid var(--grid); }
  article dt { font-size: 12.5px; }
  .mark { margin-left: 4px; white-space: nowrap; font-size: 12.5px; }
  .right .mark { color: var(--good); }
  .wrong .mark { color: var(--bad); }
  .truth dd { font-weight: 600; }
  .time { white-space: nowrap; color: var(--soft); }
  .event { padding: 1px 9px; border-radius: 9px; border: 1px solid var(--line); font-size: 12.5px; }
  .event.stage, .event.start, .event.finish, .event.resume { color: var(--c1); border-color: var(--c1); }
  .event.curriculum { color: var(--c5); border-color: var(--c5); }
  .event.warning, .event.skip, .event.stop { color: var(--bad); border-color: var(--bad); }
  .reason { min-width: 260px; }
  .detail { margin-left: 10px; color: var(--soft); font-size: 13px; }
  .detail b { font-weight: 500; }
  .gap td { text-align: center; color: var(--soft); }
  @media (max-width: 560px) {
    body { padding: 0 14px 48px; }
    header { padding-top: 28px; }
    .tiles { grid-template-columns: 1fr 1fr; }
    .tile { padding: 12px 14px; }
    .tile b { font-size: 21px; }
    .chart { padding: 14px 14px 10px; }
    .frame { grid-template-columns: 40px 1fr; }
    .tall .frame { grid-template-rows: 20px 240px 22px; }
    .x span:nth-child(even) { display: none; }
    .scroll { padding: 4px 14px 8px; }
    table { min-width: 640px; }
    article { grid-template-columns: 1fr; }
    article img { max-width: 220px; }
    .facts { padding: 8px 14px; }
    .facts div { grid-template-columns: 100px 1fr; }
  }
  @media print { body { background: none; } .card, .chart { break-inside: avoid; } nav { display: none; } }
  """
