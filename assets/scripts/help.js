// SPDX-License-Identifier: EUPL-1.2
// An address that ends in the id of a question shows its answer, too; without this script it leads to the question.

function openWhatIsNamed() {
  const named = document.getElementById(location.hash.slice(1));
  if (named?.localName === 'details') named.open = true;
}

openWhatIsNamed();
addEventListener('hashchange', openWhatIsNamed);
