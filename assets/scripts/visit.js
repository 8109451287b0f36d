// SPDX-License-Identifier: EUPL-1.2
// What page.js fetches where notifications are allowed, and nowhere else.

export { visit } from './push-visit.js';
