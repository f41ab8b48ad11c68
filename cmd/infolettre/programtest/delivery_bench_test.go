package programtest

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"database/sql"
	"encoding/pem"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"golang.org/x/sync/errgroup"

	"infolettre/config"
	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/demo"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/localmail"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/render"
	"infolettre/internal/sqlite"
	"infolettre/internal/token"
)

// took is what one run of a program cost.
type took struct {
	wall, cpu time.Duration
	peak      int64 // resident memory, in bytes
	mails     int
}

func (r took) perSecond() float64 { return float64(r.mails) / r.wall.Seconds() }
func (r took) perMail() float64   { return float64(r.cpu.Microseconds()) / float64(r.mails) }

func tookBy(p *os.ProcessState, wall time.Duration, mails int) took {
	return took{
		wall: wall, cpu: p.UserTime() + p.SystemTime(), mails: mails,
		peak: p.SysUsage().(*syscall.Rusage).Maxrss << 10,
	}
}

// postfixTool is the path of one of Postfix's test programs.
func postfixTool(b *testing.B, name string) string {
	b.Helper()
	for _, dir := range []string{"/usr/sbin", "/usr/local/sbin"} {
		if path := filepath.Join(dir, name); fileExists(path) {
			return path
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		b.Skipf("%s is not installed: it comes with Postfix", name)
	}
	return path
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// startSink runs Postfix's smtp-sink until the benchmark ends.
func startSink(b *testing.B) (addr string) {
	b.Helper()
	addr, err := demo.FreeAddress()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(postfixTool(b, "smtp-sink"), "inet:"+addr, "128")
	if os.Getuid() == 0 {
		cmd.Args = append([]string{cmd.Args[0], "-u", "nobody"}, cmd.Args[1:]...)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	for range 200 {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
			return addr
		}
		time.Sleep(10 * time.Millisecond)
	}
	b.Fatal("smtp-sink does not listen")
	return ""
}

// smtpSource sends n mails of a size with Postfix's smtp-source, in as many sessions
// as the daemon has connections: one mail a session, or all over those if kept.
func smtpSource(b *testing.B, addr string, n, size int, kept bool) took {
	b.Helper()
	cmd := exec.Command(postfixTool(b, "smtp-source"), "-s", strconv.Itoa(connections), "-m", strconv.Itoa(n),
		"-l", strconv.Itoa(size), "-f", "infolettre@cites.example", "-t", "lectrice@reseau.example")
	if kept {
		cmd.Args = append(cmd.Args, "-d")
	}
	cmd.Args = append(cmd.Args, "inet:"+addr)
	cmd.Stderr = os.Stderr
	start := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatal(err)
	}
	return tookBy(cmd.ProcessState, time.Since(start), n)
}

// press is an office whose store holds readers, to be sent an issue over and over.
type press struct {
	*office
	program string
	readers int
	size    int // of one mail, in bytes
}

// newPress writes n readers, and one mailing to them, into a store.
func newPress(b *testing.B, relay string, n int, dkim string) *press {
	b.Helper()
	o, err := newOffice(b.TempDir(), nil, func(text string) string {
		text = strings.ReplaceAll(text, `per_domain = { "*" = "1000/s" }`, "")
		from := strings.Index(text, `"smtp://`)
		to := from + strings.Index(text[from:], "\n")
		text = text[:from] + `"smtp://` + relay + `"` + text[to:]
		if dkim != "" {
			text = strings.Replace(text, "\n[web]", "\n[relay.dkim]\ndomain = \"citedesmetiers.example\"\nselector = \"s\"\nkey = \"file:dkim.pem\"\n\n[web]", 1)
		}
		return text
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { o.mail.Close() })
	if err := o.write("dkim.pem", dkim); err != nil {
		b.Fatal(err)
	}
	p := &press{office: o, program: binary(b), readers: n}
	cfg, err := config.Load(filepath.Join(o.dir, "infolettre.toml"))
	if err != nil {
		b.Fatal(err)
	}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		b.Fatal(err)
	}
	store, err := sqlite.Open(b.Context(), cfg.Data, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	p.fill(b, cfg.Data)
	p.createMailing(b, store, renderer(b, cfg, store))
	return p
}

// renderer returns what the daemon would render issues with, by this configuration.
func renderer(b *testing.B, cfg *config.Config, store *sqlite.Store) *render.Renderer {
	b.Helper()
	text, err := cfg.ReadSecret(cfg.Newsletter.Secret)
	if err != nil {
		b.Fatal(err)
	}
	secret, err := token.NewSecret([]byte(text))
	if err != nil {
		b.Fatal(err)
	}
	address := message.Mailbox{Name: cfg.Newsletter.Name, Address: message.Address(cfg.Newsletter.Address)}
	sections := make([]item.Section, len(cfg.Sections))
	for i, s := range cfg.Sections {
		sections[i] = item.Section{Key: s.Key, Title: s.Title, Words: s.Words}
	}
	r, err := render.New(render.Options{
		Address: address, Network: cfg.Newsletter.Network, ListID: cfg.Newsletter.ListID, BaseURL: cfg.Newsletter.BaseURL.URL,
		Languages: cfg.Newsletter.Languages, Location: cfg.Location, Sections: sections, Secret: secret,
		Plus: cfg.Mailbox.PlusAddressing, VERP: cfg.Relay.Envelope == "verp", Now: time.Now,
		Service: newsroom.New(newsroom.Options{Address: address, Languages: cfg.Newsletter.Languages, Location: cfg.Location, Secret: secret, Sections: sections}),
	}, store, store)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// fill writes the readers straight into the table.
func (p *press) fill(b *testing.B, data string) {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, sqlite.FileName)+"?_pragma=busy_timeout(10000)")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) `
	for _, query := range []string{
		numbers + `INSERT INTO person (address, address_key, name, centre, language, added)
			SELECT 'lectrice' || i || '@reseau' || (i % 977) || '.example', 'lectrice' || i || '@reseau' || (i % 977) || '.example',
			'Lectrice ' || i, '', iif(i % 3, 'fr', 'en'), 0 FROM n`,
		numbers + `INSERT INTO person_tag (person, tag) SELECT i, 'membre' FROM n`,
	} {
		if _, err := db.Exec(query, p.readers); err != nil {
			b.Fatal(err)
		}
	}
}

// createMailing creates the mailing of an issue to all subscribers. A mail has about 20 KB, as
// text and HTML.
func (p *press) createMailing(b *testing.B, store *sqlite.Store, r *render.Renderer) {
	b.Helper()
	var piece strings.Builder
	for i := 0; piece.Len() < 1000; i++ {
		fmt.Fprintf(&piece, "La Cité des métiers ouvre le %d mars un atelier sur les métiers du fleuve, où l’on vient comme on est. ", i+1)
	}
	text := strings.TrimSpace(piece.String())
	content := issue.Content{Issue: 1, Period: issue.Period{First: time.January, Last: time.February, Year: 2018}, Address: demo.NewsletterAddress}
	chapter := issue.Chapter{Section: "cites"}
	for len(chapter.Pieces) < 5 {
		chapter.Pieces = append(chapter.Pieces, issue.Piece{Item: 1, Content: item.Content{
			Title: fmt.Sprintf("Un atelier, n° %d", len(chapter.Pieces)+1), Section: "cites", Language: "fr",
			Text: text, HTML: "<p>" + text + "</p>",
		}})
	}
	content.Chapters = []issue.Chapter{chapter}
	editions, err := r.Issue(b.Context(), content)
	if err != nil {
		b.Fatal(err)
	}
	now := time.Now()
	start := time.Now()
	err = store.Write(b.Context(), func(newsroom.View) (newsroom.Effects, error) {
		return newsroom.Effects{newsroom.CreateMailing{Mailing: delivery.Mailing{
			ID: 1, Kind: delivery.KindIssue, Key: "bench", Segments: []audience.Segment{{Any: []string{"membre"}}},
			Created: now, Expires: now.Add(delivery.IssueLife),
		}, Editions: editions}}, nil
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("creating %d deliveries took %v", p.readers, time.Since(start).Round(time.Millisecond))
	_, raw, err := r.RenderJob(b.Context(), delivery.Job{
		Class: delivery.ClassDelivery, ID: 1, Mailing: 1, Kind: delivery.KindIssue, Created: now, Language: "fr", Subscriber: 1, To: message.Mailbox{Address: "lectrice1@reseau1.example"},
	}, nil)
	if err != nil {
		b.Fatal(err)
	}
	p.size = len(raw)
}

// send runs the daemon on a copy of the data, from its start until the mailing has
// ended, and stops it.
func (p *press) send(b *testing.B) took {
	b.Helper()
	run := filepath.Join(b.TempDir(), "run")
	if err := os.CopyFS(run, os.DirFS(p.dir)); err != nil {
		b.Fatal(err)
	}
	defer os.RemoveAll(run)
	cmd := exec.Command(p.program, "serve", "--config", filepath.Join(run, "infolettre.toml"), "--log", "warn")
	cmd.Stderr = os.Stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(run, "data", sqlite.FileName)+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	var ended time.Duration
	for state := ""; state != "sent"; time.Sleep(5 * time.Millisecond) {
		if err := db.QueryRow(`SELECT state FROM mailing`).Scan(&state); err != nil {
			b.Fatal(err)
		}
		ended = time.Since(start)
	}
	var sent int
	if err := db.QueryRow(`SELECT count(*) FROM delivery WHERE state = 'sent' AND attempts = 1`).Scan(&sent); err != nil || sent != p.readers {
		b.Fatalf("%d of %d sent, %v", sent, p.readers, err)
	}
	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		b.Fatal(err)
	}
	return tookBy(cmd.ProcessState, ended, p.readers)
}

// rounds is a measure over several rounds.
type rounds []float64

func (s rounds) median() float64 {
	s = slices.Sorted(slices.Values(s))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// report gives the median, and how far the rounds lie apart. mark is what is asked
// of it, "" for a measure that is told beside the others.
func (s rounds) report(b *testing.B, unit, mark string) {
	b.ReportMetric(s.median(), unit)
	if mark != "" {
		mark = "; the mark is " + mark
	}
	b.Logf("%s: median %.3g, from %.3g to %.3g in %d rounds%s", unit, s.median(), slices.Min(s), slices.Max(s), len(s), mark)
}

func privateKey(b *testing.B, key crypto.Signer) string {
	b.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		b.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// BenchmarkDelivery sends an issue to many readers with the whole daemon, and as many
// mails of the same size with Postfix's smtp-source, in turns, to Postfix's smtp-sink.
// Each round is one of each; a ratio is of the two in one round.
func BenchmarkDelivery(b *testing.B) {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	for _, readers := range []int{20_000, 100_000} {
		for _, mode := range []struct{ name, key, rate, cpu string }{
			{name: "unsigned", rate: "at least 0.85"},
			{name: "ed25519", key: privateKey(b, ed), rate: "at least 0.75", cpu: "at most 2.6"},
		} {
			b.Run(fmt.Sprintf("%s/%d", mode.name, readers), func(b *testing.B) {
				sink := startSink(b)
				p := newPress(b, sink, readers, mode.key)
				var ratio, kept, rate, cpu, ours, peak rounds
				for b.Loop() {
					source := smtpSource(b, sink, readers, p.size, false)
					daemon := p.send(b)
					kept = append(kept, daemon.perSecond()/smtpSource(b, sink, readers, p.size, true).perSecond())
					rate = append(rate, daemon.perSecond())
					ratio = append(ratio, daemon.perSecond()/source.perSecond())
					ours = append(ours, daemon.perMail())
					cpu = append(cpu, daemon.perMail()/source.perMail())
					peak = append(peak, float64(daemon.peak)/1e6)
				}
				b.Logf("mails of %d bytes", p.size)
				ratio.report(b, "of-smtp-source", mode.rate)
				kept.report(b, "of-smtp-source-d", "")
				rate.report(b, "mails/s", "")
				ours.report(b, "µs-cpu/mail", "")
				cpu.report(b, "cpu/smtp-source", mode.cpu)
				peak.report(b, "MB", "")
			})
		}
	}
}

// BenchmarkDeliveryRSA compares sending with what the processors can sign.
func BenchmarkDeliveryRSA(b *testing.B) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	sink := startSink(b)
	p := newPress(b, sink, 20_000, privateKey(b, key))
	var ratio, rate rounds
	for b.Loop() {
		sum := sha256.Sum256([]byte("one core"))
		n, start := 0, time.Now()
		for ; time.Since(start) < time.Second; n++ {
			if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:]); err != nil {
				b.Fatal(err)
			}
		}
		core := float64(n) / time.Since(start).Seconds()
		daemon := p.send(b)
		rate = append(rate, daemon.perSecond())
		ratio = append(ratio, daemon.perSecond()/(core*float64(runtime.NumCPU())))
	}
	ratio.report(b, "of-signatures", "at least 0.75")
	rate.report(b, "mails/s", "")
}

// BenchmarkDeliveryFar compares the daemon with a plain loop of go-smtp's client, over
// as many connections, where the relay is far away.
func BenchmarkDeliveryFar(b *testing.B) {
	const roundTrip, mails = 50 * time.Millisecond, 800
	far, err := localmail.NewDelayProxy(startSink(b), roundTrip)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { far.Close() })
	p := newPress(b, far.Addr(), mails, "")
	raw := []byte(strings.Repeat("Une ligne ordinaire d’un texte ordinaire, de quelque longueur.\r\n", p.size/66))
	var ratio, rate rounds
	for b.Loop() {
		start := time.Now()
		var loops errgroup.Group
		for range connections {
			loops.Go(func() error { return plainLoop(far.Addr(), raw, mails/connections) })
		}
		if err := loops.Wait(); err != nil {
			b.Fatal(err)
		}
		plain := float64(mails) / time.Since(start).Seconds()
		daemon := p.send(b)
		rate = append(rate, daemon.perSecond())
		ratio = append(ratio, plain/daemon.perSecond())
	}
	ratio.report(b, "plain/daemon", "at most 0.6")
	rate.report(b, "mails/s", "")
}

// plainLoop sends n mails over one connection, as go-smtp's client does it.
func plainLoop(addr string, raw []byte, n int) error {
	c, err := smtp.Dial(addr)
	if err != nil {
		return err
	}
	defer c.Close()
	for range n {
		if err := c.Mail("infolettre@cites.example", nil); err != nil {
			return err
		}
		if err := c.Rcpt("lectrice@reseau.example", nil); err != nil {
			return err
		}
		w, err := c.Data()
		if err != nil {
			return err
		}
		if _, err := w.Write(raw); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
	}
	return c.Quit()
}

// BenchmarkDeliveryMany compares the time a mail takes at a million readers with
// that at ten thousand, and tells the memory in use.
func BenchmarkDeliveryMany(b *testing.B) {
	sink := startSink(b)
	few, many := newPress(b, sink, 10_000, ""), newPress(b, sink, 1_000_000, "")
	var ratio, peak rounds
	for b.Loop() {
		small, large := few.send(b), many.send(b)
		ratio = append(ratio, small.perSecond()/large.perSecond())
		peak = append(peak, float64(large.peak)/1e6)
	}
	ratio.report(b, "time/mail-of-10000", "at most 1.1")
	peak.report(b, "MB", "at most 64")
}
