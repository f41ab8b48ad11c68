package sqlite

import (
	"context"
	"infolettre/internal/issue"
	"infolettre/internal/item"
)

// Items returns all items by ID.
func (s *Store) Items(ctx context.Context) ([]item.Item, error) {
	return list(ctx, s.r, readItem, `SELECT `+itemColumns+` ORDER BY item.id`)
}

// IssueRow is an issue and the number of its items; for the open issue, of those approved so
// far.
type IssueRow struct {
	issue.Issue
	Items int
}

// Issues returns all issues by ID.
func (s *Store) Issues(ctx context.Context) ([]IssueRow, error) {
	const held = `SELECT id, (SELECT count(*) FROM item WHERE item.issue = issue.id AND item.state IN ('approved', 'published')
		OR issue.state = 'open' AND item.issue IS NULL AND item.state = 'approved') FROM issue`
	counts := map[issue.ID]int{}
	_, err := list(ctx, s.r, func(row scanner) (struct{}, error) {
		var id issue.ID
		var n int
		err := row.Scan(&id, &n)
		counts[id] = n
		return struct{}{}, err
	}, held)
	if err != nil {
		return nil, err
	}
	issues, err := list(ctx, s.r, readIssue, `SELECT `+issueColumns+` ORDER BY id`)
	rows := make([]IssueRow, len(issues))
	for i, is := range issues {
		rows[i] = IssueRow{is, counts[is.ID]}
	}
	return rows, err
}

// Agenda returns all events of approved items, including cancelled ones, by date.
func (s *Store) Agenda(ctx context.Context) ([]issue.Entry, error) {
	return list(ctx, s.r, readEvent, `SELECT `+eventColumns+` ORDER BY start, start_time, id`)
}

// Retried returns the number of deliveries that needed more than one attempt.
func (s *Store) Retried(ctx context.Context) (n int, err error) {
	err = s.r.QueryRowContext(ctx, `SELECT count(*) FROM delivery WHERE state = 'sent' AND attempts > 1`).Scan(&n)
	return n, err
}
