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

// awaitInterval is the pause between two looks of Await.
const awaitInterval = time.Second

// Await waits for mails that bear a header field with a value, until there are as
// many as wanted or the context ends, and returns those that came, raw. It looks
// in the inbox and in the folder of handled mail, where a daemon that runs may have
// filed them, and takes what it found away: no person is to see it. That there
// were too few is no error.
func Await(ctx context.Context, o Options, field, value string, want int) ([][]byte, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	// Leaving takes a moment after the time is up.
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

// take fetches the mails of a folder that bear a field, and removes them; where
// the server cannot remove just these, they are filed as handled.
func (s *session) take(ctx context.Context, folder, field, value string, limit int64) ([][]byte, error) {
	var refused *imap.Error
	if err := s.selectFolder(ctx, folder); errors.As(err, &refused) {
		return nil, nil // a folder that is not there yet holds nothing
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
		return raws, fmt.Errorf("remove what the check sent: %w", err)
	}
	return raws, nil
}
