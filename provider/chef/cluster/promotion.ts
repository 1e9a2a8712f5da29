/**
 * Seconds from the loss of a leader until another one must lead: up to 300 in which a promotion waits for PostgreSQL's
 * `recovery.done` (release notes of chef-backend 1.3.2), after a minute in which failures come to count (5 checks, 5 s apart)
 * and the old leader's lease runs out.
 */
export const longestPromotion = 360;
