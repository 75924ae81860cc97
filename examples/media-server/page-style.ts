export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f6f6f4; --card: #fff; --text: #1b1b1a; --quiet: #5c5c58; --line: #dddcd7; --accent: #0a5bc4;
}
@media (prefers-color-scheme: dark) {
  :root { --ground: #141413; --card: #1f1f1d; --text: #ececea; --quiet: #a3a39d; --line: #353532; --accent: #8ab8ff; }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 80rem; padding: clamp(1rem, 3vw, 2.5rem);
  background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, sans-serif;
}
h1 { margin: 0 0 1.25rem; font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 .75rem; font-size: 1rem; color: var(--quiet); font-weight: 600; }
a { color: var(--accent); overflow-wrap: anywhere; }
.quiet { color: var(--quiet); font-size: .875rem; white-space: nowrap; }
.media { display: grid; align-items: start; gap: 1.25rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); margin: 0; padding: 0; list-style: none; }
.media li { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; overflow: hidden; }
.media video { display: block; width: 100%; aspect-ratio: 16 / 9; background: #000; }
.media audio { display: block; width: calc(100% - 1.5rem); margin: .75rem .75rem 0; }
.name { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; padding: .75rem 1rem; }
.rows { margin: 0; padding: 0; list-style: none; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
.rows li { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; padding: .625rem 1rem; }
.rows li + li { border-top: 1px solid var(--line); }
`;
