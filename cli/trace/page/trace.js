/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
'use strict';
// The events stand behind this script; of a trace that was killed the end is missing, and the page is still one.
document.addEventListener('DOMContentLoaded', () => {
const SETS = ['permitted', 'effective', 'inheritable', 'ambient', 'bounding'];
const find = id => document.getElementById(id);

// Whatever a traced program calls itself reaches the page as text alone.
function make(tag, className, ...content) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...content.filter(piece => piece !== null && piece !== undefined));
  return element;
}

// --- the events: one object a line, of which the last may be half

const trace = {command: [], capabilities: [], users: {}};
const events = [];
let summary = null;
for (const line of find('events').textContent.split('\n')) {
  if (line === '') continue;
  let record;
  try { record = JSON.parse(line); } catch { continue; }
  if (record.event === 'trace') Object.assign(trace, record);
  else if (record.event === 'users') trace.users = record.users;
  else if (record.event === 'summary') summary = record;
  else events.push(record);
}

// --- capability sets: hexadecimal in the file, BigInt here

const mask = text => BigInt('0x' + text);
const nameOf = number => trace.capabilities[number] ?? String(number);
const bitOf = name => 1n << BigInt(trace.capabilities.includes(name) ? trace.capabilities.indexOf(name) : Number(name));
function list(set) {
  const names = [];
  for (let number = 0; set >> BigInt(number); number++) if (set >> BigInt(number) & 1n) names.push(nameOf(number));
  return names;
}
function size(set) {
  let count = 0;
  for (; set; set &= set - 1n) count++;
  return count;
}
// What the kernel knows is what "all" means; what the first process may have is what a lane shows as all.
const known = mask(trace.known ?? '0');
let whole = 0n;
for (const event of events) {
  for (const state of [event.caps?.before, event.caps?.after]) {
    if (!state) continue;
    for (const set of SETS) state[set] = mask(state[set]);
    if (whole === 0n) whole = state.permitted || state.bounding;
  }
  for (const loss of event.lost ?? []) for (const set of SETS) loss[set] = mask(loss[set]);
  if (event.also) event.also = mask(event.also);
  if (event.event === 'refused') event.refused = mask(event.refused);
}
function say(set) {
  const rest = known & ~set;
  if (set === 0n) return 'none';
  if (size(set) > size(rest) + 1) return 'all ' + size(set | rest) + (rest ? ' but ' + list(rest).join(', ') : '');
  return list(set).join(', ');
}

const user = uid => trace.users[uid] ?? String(uid);
const users = uids => new Set(uids).size === 1 ? user(uids[0]) : uids.map(user).join(', ');
const seconds = time => time < 1 ? (time * 1000).toFixed(time < 0.1 ? 1 : 0) + ' ms' : time.toFixed(2) + ' s';
const securebitNames = ['noroot', 'no-setuid-fixup', 'keep-caps', 'no-cap-ambient-raise'];
const securebits = bits => securebitNames.filter((name, i) => bits >> (2 * i) & 1).join(', ') || 'none';

// What came into a set and what left one, with the sets in which that was the same taken together.
function groups(each) {
  const found = new Map();
  for (const set of SETS) {
    for (const name of list(each(set))) found.set(name, [...found.get(name) ?? [], set]);
  }
  const bySets = new Map();
  for (const [name, sets] of found) {
    const key = sets.join(', ');
    bySets.set(key, (bySets.get(key) ?? 0n) | bitOf(name));
  }
  return [...bySets].map(([sets, set]) => ({sets, set}));
}
const changes = event => event.caps?.before !== undefined;
const lostOf = event => !changes(event) ? [] : event.lost.flatMap(loss =>
  groups(set => loss[set]).map(group => ({...group, rule: loss.rule, text: loss.text})));
const gainedOf = event => !changes(event) ? [] : groups(set => event.caps.after[set] & ~event.caps.before[set]);

function touched(event) {
  let set = 0n;
  if (event.event === 'denied') return bitOf(String(event.cap)) | event.also;
  if (event.event === 'refused') return event.refused;
  if (!changes(event)) return set;
  for (const name of SETS) set |= event.caps.before[name] ^ event.caps.after[name];
  return set;
}
function kind(event) {
  if (event.event === 'denied' || event.event === 'exec') return event.event;
  if (event.event === 'refused') return 'denied';
  if (SETS.slice(0, 4).some(set => event.caps.before[set] & ~event.caps.after[set])) return 'lost';
  if (SETS.some(set => event.caps.after[set] & ~event.caps.before[set])) return 'gained';
  return SETS.some(set => event.caps.before[set] & ~event.caps.after[set]) ? 'lost' : 'other';
}
const isMark = event => event.event !== 'start' && event.event !== 'exit';

// --- in one line, for the table, the search and those who listen

function title(event) {
  switch (event.event) {
  case 'start': return 'started';
  case 'exit': return event.signal !== undefined ? 'killed by signal ' + event.signal : 'exited with ' + event.status;
  case 'exec': return 'exec ' + (event.file || event.exe);
  case 'denied':
  case 'refused': return event.call + ': ' + event.error;
  default: return event.call;
  }
}
function outcome(event) {
  const lines = [];
  if (changes(event) && String(event.uid.before) !== String(event.uid.after))
    lines.push('uid ' + users(event.uid.before) + ' → ' + users(event.uid.after));
  if (event.event === 'denied') {
    lines.push((event.exact ? 'needs ' : 'is likely to need ') + event.cap + (event.object ? ' for ' + event.object : '') +
      (event.held === 'permitted' ? ', which is permitted, but not effective' : '') +
      (event.held === 'namespace' ? ', which it has over its own user namespace alone' : ''));
    if (event.lost_at)
      lines.push('lost at ' + event.lost_at.call + ' in ' + event.lost_at.comm + ' (pid ' + event.lost_at.pid + ')' +
        (event.lost_at.rule ? ', rule ' + event.lost_at.rule : ''));
    else if (!event.held) lines.push('which was never held here');
  }
  if (event.event === 'refused')
    lines.push(event.what + (event.refused ? ': no ' + say(event.refused) : '') + ' (' + event.rule + ')');
  for (const group of lostOf(event))
    lines.push('lost ' + say(group.set) + ' from ' + group.sets + (group.rule ? ' (' + group.rule + ')' : ''));
  for (const group of gainedOf(event)) lines.push('gained ' + say(group.set) + ' in ' + group.sets);
  if (event.securebits && event.securebits.before !== event.securebits.after)
    lines.push('securebits ' + securebits(event.securebits.before) + ' → ' + securebits(event.securebits.after));
  if (event.no_new_privs && event.no_new_privs.after && !event.no_new_privs.before) lines.push('no_new_privs set');
  if (event.enters_userns) lines.push('enters a user namespace');
  if (event.model) lines.push('the model says otherwise');
  return lines;
}

// --- processes, as a tree

const processes = new Map();
for (const event of events) {
  let one = processes.get(event.pid);
  // A process id may be used again.
  if (!one || event.event === 'start') {
    one = {pid: event.pid, parent: processes.get(event.ppid), children: [], events: [], marks: [], depth: 0, first: event};
    processes.set(event.pid, one);
    if (one.parent === one) one.parent = undefined;
    one.parent?.children.push(one);
  }
  one.events.push(event);
  event.process = one;
  if (isMark(event)) one.marks.push(event);
}
const lanes = [];
(function add(level, depth) {
  for (const one of level) {
    one.depth = depth;
    one.row = lanes.push(one) - 1;
    add(one.children, depth + 1);
  }
})([...new Set(events.map(event => event.process))].filter(one => !one.parent), 0);

// --- where on the axis: in the order of time, pauses shortened, no mark on another

const marks = events.filter(isMark);
const step = marks.length > 300 ? 24 : marks.length > 60 ? 44 : 84;
let x = 14;
events.forEach((event, index) => {
  if (index > 0) {
    const pause = event.time - events[index - 1].time;
    const before = events[index - 1];
    // Behind a mark there is room for the name of its call.
    x += (isMark(before) ? (isMark(event) || event.pid === before.pid ? step : 20) : isMark(event) ? 20 : 6) +
      Math.min(160, 30 * Math.log1p(pause * 20));
  }
  event.x = x;
});
const width = x + 90;

function place(element, at, more = {}) {
  element.style.setProperty('--x', at.toFixed(1));
  for (const [name, value] of Object.entries(more)) element.style.setProperty('--' + name, value.toFixed(1));
  return element;
}

// --- drawing

const chart = find('chart');
chart.style.setProperty('--width', width);
let lastTick = -100;
for (const event of events) {
  if (event.x - lastTick < 90) continue;
  find('axis').append(place(make('div', 'tick', seconds(event.time)), event.x));
  lastTick = event.x;
}

const endedBadly = last => last.event === 'exit' && (last.signal !== undefined || last.status !== 0);
// As wide as the longest name, in rem; the style sheet has the limits.
const need = Math.max(0, ...lanes.map(one => 2.4 + 0.9 * Math.min(one.depth, 9) + 0.62 * (one.events.at(-1).comm.length + String(one.pid).length)));
document.documentElement.style.setProperty('--need', need.toFixed(1) + 'rem');
const segments = [];
function drawSegments(row, one) {
  const states = one.events.filter(event => event.caps && event.tid === one.pid);
  const end = one.events.at(-1).event === 'exit' ? one.events.at(-1).x : width - 20;
  states.forEach((event, index) => {
    const until = states[index + 1]?.x ?? end;
    const element = place(make('div', 'segment'), event.x, {w: Math.max(0, until - event.x)});
    segments.push({element, permitted: event.caps.after.permitted});
    row.append(element);
  });
}
function drawMark(row, one, event, index) {
  const what = kind(event);
  const button = place(make('button', 'mark', make('i', 'shape ' + what)), event.x);
  button.type = 'button';
  button.tabIndex = -1;
  button.setAttribute('aria-label', [event.comm + ' ' + event.pid, title(event), ...outcome(event)].join('; '));
  button.title = title(event);
  button.addEventListener('click', () => select(event));
  event.element = button;
  row.append(button);
  const last = one.events.at(-1);
  // What ended well has no word at its end: the line is free from there on.
  const next = one.marks[index + 1]?.x ?? (endedBadly(last) ? last.x : width);
  if (next - event.x < 34) return;
  row.append(place(make('span', 'did', event.event === 'exec' ? event.comm : event.call), event.x, {room: next - event.x}));
}
for (const one of lanes) {
  const row = make('div', 'lane');
  const last = one.events.at(-1);
  const name = make('div', 'name', make('b', '', last.comm), make('span', '', String(one.pid)));
  name.title = last.exe;
  name.style.setProperty('--depth', Math.min(one.depth, 9));
  row.append(name);
  if (one.parent) {
    const branch = place(make('div', 'branch'), one.first.x);
    one.branch = branch;
    row.append(branch);
  }
  drawSegments(row, one);
  one.marks.forEach((event, index) => drawMark(row, one, event, index));
  if (last.event === 'exit') {
    const bad = endedBadly(last);
    row.append(place(make('div', bad ? 'end bad' : 'end', bad ? (last.signal !== undefined ? 'signal ' + last.signal : 'exit ' + last.status) : ''), last.x));
  }
  one.element = row;
  chart.append(row);
}
function drawBranches() {
  let row = 0;
  for (const one of lanes) if (!one.element.hidden) one.visibleRow = row++;
  for (const one of lanes) {
    if (one.branch && !one.element.hidden) one.branch.style.height = 'calc(' + (one.visibleRow - one.parent.visibleRow) + ' * var(--lane))';
  }
}

// --- the table: the same in print

const rows = find('list').querySelector('tbody');
for (const event of events) {
  const lines = outcome(event);
  const what = isMark(event) ? make('i', 'shape ' + kind(event)) : null;
  event.tableRow = make('tr', '', make('td', '', seconds(event.time)), make('td', '', event.comm + ' ', make('span', 'mono', String(event.tid))),
    make('td', '', what, title(event)), make('td', '', make('ul', '', ...lines.map(line => make('li', '', line)))));
  rows.append(event.tableRow);
}

// --- details

function pair(term, ...value) {
  return [make('dt', '', term), make('dd', '', ...value)];
}
function difference(before, after) {
  return before === after ? [after] : [make('span', 'was', before), ' → ', make('span', 'is', after)];
}
// Where a denied capability was lost: the last such event before.
function placeOfLoss(event) {
  const at = event.lost_at;
  return at && marks.findLast(other => other.time <= event.time && other.pid === at.pid && other.call === at.call && changes(other));
}
function describeDenial(event) {
  const box = make('div', 'warn', make('b', '', event.exact ? 'Needs ' : 'Is likely to need ', event.cap), event.object ? ' for ' + event.object : '');
  const [, ...more] = outcome(event);
  if (event.held === 'permitted') box.append(make('small', '', 'It is permitted here, but not effective.'));
  if (event.held === 'namespace') box.append(make('small', '', 'It has it over its own user namespace alone.'));
  for (const line of more) box.append(make('small', '', line));
  const lost = placeOfLoss(event);
  if (lost) {
    const jump = make('button', 'link', 'Show where it was lost');
    jump.type = 'button';
    jump.addEventListener('click', () => select(lost, true));
    box.append(jump);
  }
  if (event.also) box.append(make('small', '', 'Asked for as well: ' + say(event.also)));
  if (!event.exact) box.append(make('small', '', 'Guessed from a table; the kernel’s tracepoint cannot be read.'));
  return box;
}
function describe(event) {
  const details = find('details');
  const what = make('dl', '');
  details.replaceChildren(make('h2', '', make('i', 'shape ' + kind(event)), title(event)),
    make('p', 'who', event.comm + ', pid ' + event.pid + (event.tid !== event.pid ? ', thread ' + event.tid : '') + ', at ' + seconds(event.time)));
  if (event.event === 'denied') details.append(describeDenial(event));
  if (event.event === 'refused')
    details.append(make('div', 'warn', make('b', '', 'Refused'), ...outcome(event).map(line => make('small', '', line)), make('small', '', event.text)));
  for (const group of lostOf(event)) {
    details.append(make('div', 'loss', make('b', '', 'Lost ' + say(group.set)), ' from ' + group.sets,
      make('small', '', group.rule ? group.rule + ': ' + group.text : 'by no rule of the model')));
  }
  for (const group of gainedOf(event)) details.append(make('div', 'gain', make('b', '', 'Gained ' + say(group.set)), ' in ' + group.sets));
  if (event.model) details.append(make('div', 'warn', make('b', '', 'The model says otherwise'), make('small', '', 'permitted ' + say(mask(event.model.permitted)) + '; ambient ' + say(mask(event.model.ambient)))));
  if (event.event === 'exec') {
    what.append(...pair('by', event.by), ...pair('file', event.file || event.exe));
    if (event.file !== event.exe) what.append(...pair('executes', event.exe));
    if (event.secure) what.append(...pair('secure', 'the loader ignores LD_PRELOAD (AT_SECURE)'));
  } else {
    what.append(...pair('executes', event.exe));
  }
  what.append(...pair('uid', ...(changes(event) ? difference(users(event.uid.before), users(event.uid.after)) : [users(event.uid.after)])));
  if (event.securebits && (event.securebits.before || event.securebits.after))
    what.append(...pair('securebits', ...difference(securebits(event.securebits.before), securebits(event.securebits.after))));
  if (event.no_new_privs?.after) what.append(...pair('no_new_privs', ...difference(event.no_new_privs.before ? 'set' : 'not set', 'set')));
  if (event.enters_userns) what.append(...pair('namespace', 'enters a user namespace: what it has from now on is over that'));
  details.append(make('h3', '', 'Process'), what);
  const sets = make('dl', '');
  for (const set of SETS)
    sets.append(...pair(set, ...(changes(event) ? difference(say(event.caps.before[set]), say(event.caps.after[set])) : [say(event.caps.after[set])])));
  details.append(make('h3', '', 'Sets'), sets);
}

// --- going about

let current = null;
function select(event, focus = false) {
  if (!event) return;
  if (current) {
    current.element.tabIndex = -1;
    current.element.removeAttribute('aria-current');
  }
  current = event;
  event.element.tabIndex = 0;
  event.element.setAttribute('aria-current', 'true');
  describe(event);
  if (focus) {
    event.element.focus({preventScroll: true});
    reveal(event.element);
  }
}
// Not behind the names and the axis, which stay in place.
function reveal(element) {
  const view = find('lanes');
  const box = element.getBoundingClientRect();
  const frame = view.getBoundingClientRect();
  const label = chart.querySelector('.name').getBoundingClientRect().width;
  if (box.left < frame.left + label + 20) view.scrollLeft -= frame.left + label + 60 - box.left;
  if (box.right > frame.right - 20) view.scrollLeft += box.right - frame.right + 60;
  if (box.top < frame.top + 34) view.scrollTop -= frame.top + 44 - box.top;
  if (box.bottom > frame.bottom - 16) view.scrollTop += box.bottom - frame.bottom + 30;
}
const shown = event => !event.element.classList.contains('dim') && !event.process.element.hidden;
function inOtherLane(direction) {
  for (let row = current.process.row + direction; row >= 0 && row < lanes.length; row += direction) {
    const candidates = lanes[row].marks.filter(shown);
    if (candidates.length)
      return candidates.reduce((best, event) => Math.abs(event.x - current.x) < Math.abs(best.x - current.x) ? event : best);
  }
  return null;
}
find('lanes').addEventListener('keydown', key => {
  if (!current || key.ctrlKey || key.altKey || key.metaKey) return;
  const all = marks.filter(event => shown(event) || event === current);
  const at = all.indexOf(current);
  const next = {ArrowRight: () => all[at + 1], ArrowLeft: () => all[at - 1], ArrowDown: () => inOtherLane(1), ArrowUp: () => inOtherLane(-1),
    Home: () => all[0], End: () => all.at(-1), Enter: () => current, ' ': () => current}[key.key];
  if (!next) return;
  key.preventDefault();
  select(next(), true);
});

// --- filter and search

let present = 0n;
for (const event of marks) present |= touched(event);
for (const name of list(present).sort()) find('capability').append(new Option(name.replace(/^cap_/, ''), name));
for (const event of events) {
  event.words = [event.comm, event.exe, event.file, event.pid, event.call, event.by, title(event), ...outcome(event),
    ...event.event === 'denied' ? [event.cap, ...list(event.also)] : []].join('\n').toLowerCase();
}
const isTrouble = event => kind(event) === 'denied' || lostOf(event).length > 0;
// A process in which nothing happened, nor in any that it started, is folded away: a script has hundreds of them.
const isQuiet = one => one.marks.every(event => event.event === 'exec' && touched(event) === 0n) && one.children.every(isQuiet);
const quiet = new Set(lanes.filter(one => one.parent && isQuiet(one)));
find('folding').hidden = quiet.size === 0;
find('folding').querySelector('span').textContent = quiet.size + ' more without a change or denial';
function apply() {
  const name = find('capability').value;
  const bit = name === '' ? 0n : bitOf(name);
  const words = find('search').value.toLowerCase().split(/\s+/).filter(Boolean);
  const only = find('only').checked;
  const matches = event => (!only || isTrouble(event)) && (!bit || touched(event) & bit) && words.every(word => event.words.includes(word));
  const active = bit !== 0n || words.length > 0 || only;
  const wanted = new Set();
  let count = 0;
  for (const event of events) {
    const found = isMark(event) && matches(event);
    event.tableRow.hidden = active && !found;
    if (!isMark(event)) continue;
    event.element.classList.toggle('dim', !found);
    if (!found) continue;
    count++;
    for (let one = event.process; one; one = one.parent) wanted.add(one);
  }
  for (const one of lanes) one.element.hidden = active ? !wanted.has(one) : quiet.has(one) && !find('unfold').checked;
  for (const {element, permitted} of segments) {
    const state = bit ? (permitted & bit ? 'all' : 'none') : permitted === 0n ? 'none' : (whole & ~permitted) === 0n ? 'all' : 'some';
    element.className = 'segment ' + state;
  }
  document.body.classList.toggle('one-capability', bit !== 0n);
  find('legend-all').textContent = bit ? 'holds ' + name : 'holds all capabilities';
  find('legend-none').textContent = bit ? 'does not' : 'none';
  find('found').textContent = active ? count + (count === 1 ? ' event' : ' events') : '';
  drawBranches();
}
find('capability').addEventListener('change', apply);
find('search').addEventListener('input', apply);
find('only').addEventListener('change', apply);
find('unfold').addEventListener('change', apply);
find('spacing').addEventListener('input', () => chart.style.setProperty('--k', find('spacing').value));
find('controls').addEventListener('submit', event => event.preventDefault());
function show(table) {
  document.body.classList.toggle('as-table', table);
  find('show-lanes').setAttribute('aria-pressed', String(!table));
  find('show-table').setAttribute('aria-pressed', String(table));
}
find('show-lanes').addEventListener('click', () => show(false));
find('show-table').addEventListener('click', () => show(true));

// --- the head of the page

const line = trace.command.map(word => /^[\w./:=,+@%-]+$/.test(word) ? word : "'" + word.replaceAll("'", "'\\''") + "'").join(' ');
find('command').textContent = line || 'of a running process';
document.title = 'capkeep trace: ' + (line || 'a running process');
function total(count, one, many) {
  find('totals').append(make('li', '', make('b', '', String(count)), ' ' + (count === 1 ? one : many)));
}
const count = name => events.filter(event => event.event === name).length;
total(lanes.length, 'process', 'processes');
total(count('exec'), 'exec', 'execs');
total(count('credential-change') + count('capability-change'), 'change', 'changes');
total(count('denied'), 'call denied', 'calls denied');
if (count('refused')) total(count('refused'), 'call refused', 'calls refused');
if (summary && !summary.exact) find('totals').append(make('li', '', 'denials are guessed from a table; the kernel’s tracepoint cannot be read'));
if (!summary) find('totals').append(make('li', '', 'the trace was cut off'));
// The same call that fails again, and for the same capability, is one line.
const missing = new Map();
for (const event of marks.filter(event => event.event === 'denied')) {
  const key = [event.pid, event.exe, event.call, event.object, event.cap].join(' ');
  missing.set(key, {event: missing.get(key)?.event ?? event, count: (missing.get(key)?.count ?? 0) + 1});
}
function missed({event, count}) {
  const [needs, ...more] = outcome(event);
  const jump = make('button', 'link', String(event.cap));
  jump.type = 'button';
  jump.addEventListener('click', () => { show(false); select(event, true); });
  return make('li', '', jump, ' for ' + event.call + (event.object ? ' ' + event.object : '') + ' in ' + event.comm + (count > 1 ? ' ×' + count : '') + ': ' + (more.join(', ') || needs));
}
const isFile = event => /^cap_(dac_|fowner)/.test(event.cap);
find('missing').append(...[...missing.values()].sort((a, b) => isFile(a.event) - isFile(b.event)).map(missed));
if (!missing.size) find('missing').append(make('li', '', 'No call failed for want of a capability.'));
find('copy').addEventListener('click', () => {
  getSelection().selectAllChildren(find('suggestion').querySelector('pre'));
  find('copy').textContent = document.execCommand('copy') ? 'Copied' : 'Selected';
});
if (summary?.suggestion) {
  find('suggestion').hidden = false;
  find('suggestion').querySelector('pre').textContent = summary.suggestion;
}
apply();
// Files that were tried are the least interesting of what was denied.
const denied = marks.filter(event => kind(event) === 'denied');
select(denied.find(event => !isFile(event)) ?? denied[0] ?? marks.find(event => kind(event) === 'lost') ?? marks[0]);
if (current) reveal(current.element);
document.body.dataset.ready = String(events.length);
});
