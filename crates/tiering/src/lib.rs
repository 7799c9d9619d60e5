//! Tier-up policy: budgets and requests.
