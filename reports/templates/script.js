(() => {
  'use strict';
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  root.classList.add('js');

  // What the reader has set stands in the address after #, so that a copied address shows the same.
  const state = new URLSearchParams(/=/.test(location.hash) ? location.hash.slice(1) : '');
  const keep = () => history.replaceState(null, '', String(state) ? '#' + state : location.pathname + location.search);
  const put = (key, value) => { if (value) state.set(key, value); else state.delete(key); keep(); };

  // Language
  const speak = (language) => {
    root.lang = language === 'zh' ? 'zh-CN' : 'en';
    for (const link of all('a[data-page]')) {
      const [address, rest] = link.getAttribute('href').split('#');
      link.setAttribute('href', address.split('?')[0] + '?lang=' + language + (rest ? '#' + rest : ''));
    }
  };
  const asked = state.get('lang') || new URLSearchParams(location.search).get('lang');
  if (asked === 'zh' || asked === 'en') byId('lang-' + asked).checked = true;
  for (const choice of all('input.switch')) {
    if (choice.checked) speak(choice.id.slice(5));
    choice.addEventListener('change', () => { speak(choice.id.slice(5)); put('lang', choice.id.slice(5)); });
  }

  // Sorting
  const value = (cell) => cell.dataset.v || (cell.querySelector('time') || cell).textContent.trim();
  const figure = (text) => (/^[<+-]?[\d,.]+%?$/.test(text) ? parseFloat(text.replace(/[<,%]/g, '')) : NaN);
  const order = (a, b) => {
    const x = figure(a), y = figure(b);
    return isNaN(x) || isNaN(y) ? a.localeCompare(b, root.lang, { numeric: true }) : x - y;
  };
  const sort = (table, column, falling) => {
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [value(row.cells[column]), row]);
    rows.sort((a, b) => (falling ? order(b[0], a[0]) : order(a[0], b[0])));
    body.append(...rows.map((pair) => pair[1]));
    [...table.tHead.rows[0].cells].forEach((head, index) => {
      if (index === column) head.setAttribute('aria-sort', falling ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    });
  };
  for (const table of all('table[data-sortable]')) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...[...head.querySelector('.head').cloneNode(true).childNodes]);
      button.addEventListener('click', () => {
        const falling = head.getAttribute('aria-sort') === 'ascending';
        sort(table, column, falling);
        put('sort', table.id + '.' + column + (falling ? '.d' : ''));
      });
      head.append(button);
    });
  }
  const [name, column, falling] = (state.get('sort') || '').split('.');
  if (name && byId(name) && byId(name).matches('table[data-sortable]')) {
    const index = Number(column);
    if (byId(name).tHead.rows[0].cells[index]) sort(byId(name), index, Boolean(falling));
  }

  // Filtering, and the order of cases
  for (const form of all('form[data-filter]')) {
    const list = byId(form.dataset.filter);
    const items = all('[data-key]', list);
    const boxes = all('[name=keep]', form);
    const choices = all('[name=order]', form);
    const arrange = () => {
      const key = (choices.find((choice) => choice.checked) || {}).value;
      if (!key) return;
      const sign = key === 'unexplained' ? -1 : 1;
      for (const place of new Set(items.map((item) => item.parentNode))) {
        const own = items.filter((item) => item.parentNode === place);
        own.sort((a, b) => sign * order(a.dataset[key], b.dataset[key]));
        for (const item of own) place.insertBefore(item, place.querySelector(':scope > details'));
      }
    };
    const apply = () => {
      const text = form.elements.q.value.trim().toLowerCase();
      const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
      let shown = 0;
      for (const item of items) {
        item.hidden = !(wanted.has(item.dataset.key) && item.textContent.toLowerCase().includes(text));
        shown += !item.hidden;
      }
      form.elements.count.value = shown + ' / ' + items.length;
      if (text) all('details.still', list).forEach((fold) => { fold.open = true; });
    };
    form.elements.q.value = state.get('q') || '';
    const without = (state.get('without') || '').split('.');
    boxes.forEach((box) => { box.checked = !without.includes(box.value); });
    choices.forEach((choice) => { if (choice.value === state.get('order')) choice.checked = true; });
    form.addEventListener('submit', (event) => event.preventDefault());
    form.addEventListener('input', () => {
      apply();
      arrange();
      put('q', form.elements.q.value.trim());
      put('without', boxes.filter((box) => !box.checked).map((box) => box.value).join('.'));
      const chosen = choices.find((choice) => choice.checked);
      put('order', chosen && chosen !== choices[0] ? chosen.value : '');
    });
    apply();
    if (state.get('order')) arrange();
  }

  // Deep links into folded parts; everything open on paper
  const reveal = () => {
    const target = /=/.test(location.hash) ? null : byId(decodeURIComponent(location.hash.slice(1)));
    for (let node = target; node; node = node.parentElement) if (node.tagName === 'DETAILS') node.open = true;
    if (target) target.scrollIntoView();
  };
  addEventListener('hashchange', reveal);
  reveal();
  let closed = [];
  addEventListener('beforeprint', () => { closed = all('details:not([open])'); closed.forEach((fold) => { fold.open = true; }); });
  addEventListener('afterprint', () => closed.forEach((fold) => { fold.open = false; }));
})();
