package demo

import (
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// greylist defers the first mail to each address of a domain, from an instant on, as
// careful servers do (RFC 6647).
type greylist struct {
	domain string
	from   time.Time
	now    func() time.Time
	mu     sync.Mutex
	seen   map[string]bool
}

func (g *greylist) check(_, rcpt string) error {
	if g.domain == "" || !strings.HasSuffix(rcpt, "@"+g.domain) || g.now().Before(g.from) {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.seen[rcpt] {
		return nil
	}
	if g.seen == nil {
		g.seen = map[string]bool{}
	}
	g.seen[rcpt] = true
	return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Greylisted, try again later"}
}
