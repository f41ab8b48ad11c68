package mailbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// layout describes how a server names folders: with a prefix for the user's own folders
// (RFC 2342) and a delimiter between levels.
type layout struct {
	prefix string
	delim  rune // 0: the server has no levels
}

// name translates a name with "/" between levels to the name on the server.
func (l layout) name(folder string) string {
	if strings.EqualFold(folder, "INBOX") {
		return "INBOX"
	}
	delim := "-"
	if l.delim != 0 {
		delim = string(l.delim)
	}
	name := strings.ReplaceAll(folder, "/", delim)
	if strings.HasPrefix(name, l.prefix) {
		return name
	}
	return l.prefix + name
}

// readLayout asks the server for its layout.
func (s *session) readLayout(ctx context.Context) error {
	s.folders = make(map[string]bool)
	if s.caps.Has(imap.CapNamespace) {
		return s.do(ctx, "namespace", func() error {
			data, err := s.client.Namespace().Wait()
			if err == nil && len(data.Personal) > 0 {
				s.layout = layout{prefix: data.Personal[0].Prefix, delim: data.Personal[0].Delim}
			}
			return err
		})
	}
	return s.do(ctx, "list", func() error {
		root, err := s.client.List("", "", nil).Collect()
		if err == nil && len(root) > 0 {
			s.layout = layout{delim: root[0].Delim}
		}
		return err
	})
}

// ensureFolder creates a folder if it is missing; the error for a refusal wraps ErrFolder.
func (s *session) ensureFolder(ctx context.Context, folder string) error {
	name := s.layout.name(folder)
	if s.folders[name] {
		return nil
	}
	found, err := s.folderExists(ctx, name)
	if err != nil {
		return err
	}
	if !found {
		err := s.do(ctx, "create", func() error { return s.client.Create(name, nil).Wait() })
		var refused *imap.Error
		if errors.As(err, &refused) && refused.Code == imap.ResponseCodeAlreadyExists {
			err = nil
		}
		if errors.As(err, &refused) {
			return fmt.Errorf("%w: %q: %w", ErrFolder, name, err)
		}
		if err != nil {
			return err
		}
		// So that mail clients show the folder. A refusal does no harm.
		err = s.do(ctx, "subscribe", func() error { return s.client.Subscribe(name).Wait() })
		if err != nil && !errors.As(err, &refused) {
			return err
		}
	}
	s.folders[name] = true
	return nil
}

func (s *session) folderExists(ctx context.Context, name string) (found bool, err error) {
	err = s.do(ctx, "list", func() error {
		list, err := s.client.List("", name, nil).Collect()
		for _, f := range list {
			// The name may hold wildcards; a parent of other folders is listed even if it
			// cannot hold mail.
			unusable := slices.Contains(f.Attrs, imap.MailboxAttrNoSelect) || slices.Contains(f.Attrs, imap.MailboxAttrNonExistent)
			found = found || f.Mailbox == name && !unusable
		}
		return err
	})
	return found, err
}
