package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"infolettre/config"
	"infolettre/internal/delivery"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/mailbox"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/oauth"
	"infolettre/internal/render"
	"infolettre/internal/web"
)

// Health is checked at this interval, in real time. An unreachable mailbox counts as trouble
// after a while; one that refuses access, at once.
const (
	healthInterval   = 2 * time.Second
	unreachableAfter = 10 * time.Minute
)

// health reports trouble: on the health page, and to the operator by mail, once a day for
// each kind.
type health struct {
	*daemon
	direct *directMailer

	mu           sync.Mutex
	lastAccepted time.Time // when the relay last accepted a mail, in real time

	// Used by Run alone.
	since  map[string]time.Time // by topic, in business time
	failed map[string]time.Time // when to retry notifying the operator, in real time
}

// trouble is a problem that the operator should know.
type trouble struct {
	topic string // of the letter
	said  string // for the health page
	args  map[string]string
}

func newHealth(ctx context.Context, d *daemon, out delivery.Dialer) (*health, error) {
	h := &health{daemon: d, since: map[string]time.Time{}, failed: map[string]time.Time{}}
	var err error
	if h.lastAccepted, err = d.store.LastSent(ctx); err != nil {
		return nil, fmt.Errorf("read when a mail was last sent: %w", err)
	}
	h.direct, err = newDirectMailer(d.app, out)
	return h, err
}

// accepted records that the relay accepted a mail.
func (h *health) accepted() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lastAccepted = time.Now()
}

// troubles returns the present problems.
func (h *health) troubles() (all []trouble) {
	if t, is := mailboxTrouble(h.box.State(), h.cfg); is {
		all = append(all, t)
	}
	if left, err := diskSpaceIn(h.cfg.Data); err == nil && left.short() {
		all = append(all, diskTrouble(h.cfg.Data, left))
	}
	return all
}

func mailboxTrouble(s mailbox.State, cfg *config.Config) (trouble, bool) {
	if s.Err == nil || !s.Refused() && time.Since(s.FailingSince) < unreachableAfter {
		return trouble{}, false
	}
	since := " since " + s.FailingSince.UTC().Format(time.RFC3339)
	args := map[string]string{"host": cfg.Mailbox.URL.Hostname(), "reply": newsroom.OneLine(s.Err.Error())}
	if !s.Refused() {
		return trouble{"mailbox-away", "the mailbox has been unreachable" + since, args}, true
	}
	var token *oauth.TokenError
	switch {
	case errors.Is(s.Err, mailbox.ErrFolder):
		args["folder"] = cfg.Mailbox.URL.Path
	case cfg.Mailbox.OAuth2 != nil:
		args["table"] = cfg.Mailbox.OAuth2.Name
		if errors.As(s.Err, &token) {
			args["consent"] = "yes"
		}
	}
	return trouble{"mailbox-refused", "the mailbox has refused access" + since, args}, true
}

func diskTrouble(dir string, left diskSpace) trouble {
	return trouble{"disk-full", "the disk is nearly full: " + left.String(), map[string]string{
		"folder": dir, "free": strconv.FormatUint(left.free/1e6, 10),
	}}
}

// page returns the content of the health page.
func (h *health) page() (p web.Health) {
	for _, t := range h.troubles() {
		p.Problems = append(p.Problems, t.said)
	}
	at := func(t time.Time) string {
		if t.IsZero() {
			return "never"
		}
		return t.UTC().Format(time.RFC3339)
	}
	h.mu.Lock()
	handed := h.lastAccepted
	h.mu.Unlock()
	free := "unknown"
	if left, err := diskSpaceIn(h.cfg.Data); err == nil {
		free = left.String()
	}
	p.Facts = []string{
		"mailbox last read: " + at(h.box.State().LastScan),
		"relay last accepted a mail: " + at(handed),
		"data folder: " + free,
	}
	return p
}

// Run notifies the operator of troubles until the context ends.
func (h *health) Run(ctx context.Context) error {
	tick := time.NewTicker(healthInterval)
	defer tick.Stop()
	for {
		now := map[string]bool{}
		for _, t := range h.troubles() {
			now[t.topic] = true
			if _, before := h.since[t.topic]; !before {
				h.since[t.topic] = h.clock.Now()
				h.log.Error("trouble", "topic", t.topic, "detail", t.said)
			}
			if time.Now().Before(h.failed[t.topic]) {
				continue
			}
			t.args["at"] = strconv.FormatInt(h.since[t.topic].Unix(), 10)
			if err := h.notify(ctx, t); err != nil && ctx.Err() == nil {
				h.failed[t.topic] = time.Now().Add(time.Minute)
				h.log.Error("could not notify the operator, retrying in a minute", "topic", t.topic, "error", err)
			}
		}
		for topic := range h.since {
			if !now[topic] {
				delete(h.since, topic)
				h.log.Info("trouble ended", "topic", topic)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// notify queues a letter to the operator. If the disk is full, it sends the letter without the
// store.
func (h *health) notify(ctx context.Context, t trouble) error {
	now := h.clock.Now()
	if t.topic != "disk-full" {
		err := h.store.Write(ctx, func(v newsroom.View) (newsroom.Effects, error) {
			fx, _, err := h.service.NotifyOperatorDaily(v, t.topic, t.args, now)
			return fx, err
		})
		if err == nil {
			h.sender.Wake()
		}
		return err
	}
	key := h.service.OperatorDailyKey(t.topic, now)
	if h.direct.wasSent(key) {
		return nil
	}
	before := false
	err := h.store.Read(ctx, func(v newsroom.View) (err error) {
		before, err = v.Notified(key)
		return err
	})
	if err == nil && before {
		return nil
	}
	if err := h.direct.send(ctx, t, key, now); err != nil {
		return err
	}
	// So that the next process knows, if the disk has space for this much.
	_ = h.store.Write(ctx, func(newsroom.View) (newsroom.Effects, error) {
		return newsroom.Effects{newsroom.NotifyOnce{Key: key, At: now}}, nil
	})
	return nil
}

// directMailer sends letters to the operator without using the store.
type directMailer struct {
	service *newsroom.Service
	render  *render.Renderer
	out     delivery.Dialer

	mu   sync.Mutex
	keys map[string]bool // of the letters sent
}

func newDirectMailer(a *app, out delivery.Dialer) (*directMailer, error) {
	r, err := render.New(a.renderOptions(), noStore{}, noStore{})
	return &directMailer{service: a.service, render: r, out: out, keys: map[string]bool{}}, err
}

func (d *directMailer) wasSent(key string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.keys[key]
}

// directTime bounds the sending of one letter by a directMailer.
const directTime = time.Minute

func (d *directMailer) send(ctx context.Context, t trouble, key string, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, directTime)
	defer cancel()
	l := delivery.Letter{
		Kind: delivery.KindNotice, Topic: t.topic, To: d.service.Operator, Language: d.service.Languages[0], Created: now, Args: t.args,
	}
	out, err := d.render.Letter(ctx, &l)
	if err != nil {
		return err
	}
	out.ID = strings.ReplaceAll(key, "/", ".") + "." + strings.ToLower(rand.Text()) + "@" + d.render.MessageIDDomain()
	raw, err := out.Bytes()
	if err != nil {
		return err
	}
	conn, err := d.out.Connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // the mail was answered, or an error is returned already
	from := string(d.service.Address.Address)
	if _, err := conn.Send(ctx, from, d.service.Operator.Address, raw, func(context.Context) error { return nil }); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keys[key] = true
	return nil
}

// noStore serves letters whose content needs nothing from the store.
type noStore struct{}

var errNoStore = errors.New("this needs the store")

func (noStore) Read(_ context.Context, f func(newsroom.View) error) error { return f(emptyView{}) }
func (noStore) MessageID(context.Context, int64) (string, error)          { return "", errNoStore }
func (noStore) Image(context.Context, string) (item.Image, error)         { return item.Image{}, errNoStore }
func (noStore) Rendered(context.Context, delivery.LetterID) ([]byte, error) {
	return nil, errNoStore
}
func (noStore) KeepRendered(context.Context, delivery.LetterID, []byte) error { return errNoStore }
func (noStore) MailingEdition(context.Context, delivery.MailingID, string, issue.Variant) (issue.Edition, issue.Entry, error) {
	return issue.Edition{}, issue.Entry{}, errNoStore
}

// emptyView has no issue, and such a letter reads nothing else.
type emptyView struct{ newsroom.View }

func (emptyView) IssuesIn(...issue.State) ([]issue.Issue, error) { return nil, nil }

// watched is a dialer that calls accepted for each mail that the relay accepts.
type watched struct {
	delivery.Dialer
	accepted func()
}

func (w watched) Connect(ctx context.Context) (delivery.Conn, error) {
	c, err := w.Dialer.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return watchedConn{c, w.accepted}, nil
}

type watchedConn struct {
	delivery.Conn
	accepted func()
}

func (c watchedConn) Send(ctx context.Context, from string, to message.Address, raw []byte, attempt func(context.Context) error) (string, error) {
	reply, err := c.Conn.Send(ctx, from, to, raw, attempt)
	if err == nil {
		c.accepted()
	}
	return reply, err
}

// retryWhileDiskFull calls f, and retries with backoff while it fails because the disk is full.
// It calls tell, which may be nil, once.
func retryWhileDiskFull(ctx context.Context, dir string, log *slog.Logger, tell func(context.Context, trouble) error, f func() error) error {
	told := tell == nil
	for wait := time.Second; ; wait = min(2*wait, 30*time.Second) {
		err := f()
		if !isDiskFull(err, dir) {
			return err
		}
		left, _ := diskSpaceIn(dir)
		log.Error("the disk is full: waiting for space", "folder", dir, "left", left.String(), "error", err, "retry_in", wait)
		if !told {
			if err := tell(ctx, diskTrouble(dir, left)); err != nil {
				log.Error("could not notify the operator", "error", err)
			} else {
				told = true
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}
