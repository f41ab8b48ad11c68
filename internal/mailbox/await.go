package mailbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
)

// awaitInterval is the pause between two searches of Await.
const awaitInterval = time.Second

// Await waits for mails with a value in a header field, until it has as many as wanted or
// ctx ends, and returns the raw mails. It searches the inbox and Options.Done, where a
// running daemon may have moved them, and removes what it finds so that no person sees
// it. Too few mails are no error.
func Await(ctx context.Context, o Options, field, value string, want int) ([][]byte, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	// Removing and logging out may take longer than ctx.
	session, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Minute)
	defer cancel()
	s, err := openSession(session, &o, func() {})
	if err != nil {
		return nil, err
	}
	defer s.logout(session)
	var all [][]byte
	for {
		for _, folder := range []string{o.folder(), o.Done} {
			found, err := s.take(session, folder, field, value, o.MaxSize)
			if err != nil {
				return all, err
			}
			all = append(all, found...)
		}
		if len(all) >= want {
			return all, nil
		}
		select {
		case <-ctx.Done():
			return all, nil
		case <-time.After(awaitInterval):
		}
	}
}

// take fetches the mails of a folder with a header field, and removes them if the server
// has UIDPLUS.
func (s *session) take(ctx context.Context, folder, field, value string, limit int64) ([][]byte, error) {
	var refused *imap.Error
	if err := s.selectFolder(ctx, folder); errors.As(err, &refused) {
		return nil, nil // a missing folder holds nothing
	} else if err != nil {
		return nil, err
	}
	var uids imap.UIDSet
	err := s.do(ctx, "search", func() error {
		if err := s.client.Noop().Wait(); err != nil {
			return err
		}
		data, err := s.client.UIDSearch(&imap.SearchCriteria{
			Header:  []imap.SearchCriteriaHeaderField{{Key: field, Value: value}},
			NotFlag: []imap.Flag{imap.FlagDeleted},
		}, nil).Wait()
		if err == nil {
			uids = imap.UIDSetNum(data.AllUIDs()...)
		}
		return err
	})
	if err != nil || len(uids) == 0 {
		return nil, err
	}
	found, err := s.contents(ctx, uids, limit)
	if err != nil {
		return nil, err
	}
	var raws [][]byte
	for _, uid := range slices.Sorted(maps.Keys(found)) {
		raws = append(raws, found[uid])
	}
	if s.caps.Has(imap.CapUIDPlus) {
		err = s.remove(ctx, uids)
	}
	if err != nil && !errors.As(err, &refused) {
		return raws, fmt.Errorf("remove found mails: %w", err)
	}
	return raws, nil
}
