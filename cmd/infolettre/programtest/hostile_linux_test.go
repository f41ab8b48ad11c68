package programtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"infolettre/internal/delivery"
	"infolettre/internal/demo"
	"infolettre/internal/localmail"
	"infolettre/internal/message"
)

// What hostile mail may cost: memory of the whole daemon, in octets, at its peak.
const hostilePeak = 300 << 20

// hostileCopies is how many copies of a hostile mail lie in the inbox together.
const hostileCopies = 4

// hostileRun is a daemon that is sent one shape of hostile mail after the other.
type hostileRun struct {
	*office
	tb     testing.TB
	daemon *running
	sent   int
}

// hostileDaemon starts a daemon with little memory, with one colleague who writes news
// and one who is hostile.
func hostileDaemon(tb testing.TB) *hostileRun {
	tb.Helper()
	program := binary(tb)
	o, err := newOffice(tb.TempDir(), nil, nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { o.mail.Close() })
	people := "email,name,centre,language,tags,consent\n" + nadia + ",Nadia Berthier,,fr,contact,formulaire 2017\n"
	for i := range 300 {
		people += fmt.Sprintf("collegue%d@cite-brest.example,Maud Le Goff,,fr,contact,formulaire 2017\n", i)
	}
	if _, err := o.infolettre(tb.Context(), program, strings.NewReader(people), "subscribers", "import", "-"); err != nil {
		tb.Fatal(err)
	}
	o.env = []string{"GOMEMLIMIT=400MiB"}
	h := &hostileRun{office: o, tb: tb}
	if h.daemon, err = o.serve(context.Background(), program, "2018-01-25T08:00:00+01:00"); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { h.daemon.cmd.Process.Kill(); <-h.daemon.exited })
	return h
}

// hostileCost is what four copies of a hostile mail cost.
type hostileCost struct {
	answered time.Duration // until a colleague behind them has the receipt
	each     time.Duration // processor time of the daemon for each of them
	peak     int           // of the daemon's memory, in octets
}

// try sends four copies of a mail and one of a colleague's behind them.
func (h *hostileRun) try(raw []byte) (cost hostileCost, err error) {
	pid := h.daemon.cmd.Process.Pid
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0); err != nil {
		return cost, err
	}
	used := processorTime(h.tb, pid)
	begin := time.Now()
	for range hostileCopies {
		h.sent++
		if err := h.deliver("cite-rouen.example", raw); err != nil {
			return cost, err
		}
	}
	h.sent++
	colleague := fmt.Sprintf("collegue%d@cite-brest.example", h.sent/(hostileCopies+1))
	if err := h.deliver("cite-brest.example", newsOf(colleague)); err != nil {
		return cost, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := h.mail.Wait(ctx, func(d localmail.Delivered) bool {
			return d.To.Equal(message.Address(colleague)) && bytes.Contains(d.Raw, []byte(delivery.KindField+": receipt\r\n"))
		})
		done <- err
	}()
	select {
	case err = <-done:
	case <-h.daemon.exited:
		return cost, fmt.Errorf("the daemon died: %w: %.2000s", h.daemon.err, h.daemon.log)
	}
	cost.answered = time.Since(begin)
	if err != nil {
		return cost, err
	}
	if err := h.daemon.settle(ctx); err != nil {
		text := err.Error() // it holds the daemon's log
		return cost, errors.New(text[:min(len(text), 3000)])
	}
	if cost.peak, err = residentPeak(pid); err != nil {
		return cost, err
	}
	cost.each = (processorTime(h.tb, pid) - used) / hostileCopies
	return cost, h.clear()
}

// clear empties the folders, which the server of this process holds in memory.
func (h *hostileRun) clear() error {
	c, err := imapclient.DialInsecure(h.mail.IMAPAddr(), nil)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Login(demo.NewsletterAddress, demo.Password).Wait(); err != nil {
		return err
	}
	for _, folder := range []string{"InfoLettre/Done", "InfoLettre/Quarantine"} {
		box, err := c.Select(folder, nil).Wait()
		if err != nil {
			return err
		}
		if box.NumMessages == 0 {
			continue
		}
		var all imap.SeqSet
		all.AddRange(1, box.NumMessages)
		if err := c.Store(all, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close(); err != nil {
			return err
		}
		if err := c.Expunge().Close(); err != nil {
			return err
		}
	}
	return nil
}

// newsOf is the mail of a colleague who writes news.
func newsOf(address string) []byte {
	return fmt.Appendf(nil, "From: Maud Le Goff <%s>\r\nTo: <%s>\r\nDate: Thu, 25 Jan 2018 08:00:00 +0100\r\nSubject: Un salon\r\n\r\nUn salon ouvre a Brest.\r\n", address, demo.NewsletterAddress)
}

// deliver puts a mail into the inbox as the mail host does that authenticated its sender.
func (h *hostileRun) deliver(domain string, raw []byte) error {
	head := fmt.Appendf(nil, "Received: from %[1]s by mx.citedesmetiers.example; Thu, 25 Jan 2018 08:00:00 +0100\r\n"+
		"Authentication-Results: mx.citedesmetiers.example; dmarc=pass header.from=%[1]s\r\nMessage-ID: <h%[2]d@%[1]s>\r\n", domain, h.sent)
	return h.mail.Append(demo.NewsletterAddress, append(head, raw...))
}

// residentPeak reads VmHWM of a process, in octets.
func residentPeak(pid int) (int, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	n, err := strconv.Atoi(strings.Fields(rest + " ?")[0])
	return n << 10, err
}

// All shapes of hostile mail are in the inbox together, with a colleague's mail behind them.
// The daemon survives, answers the colleague, and stays within its memory, although it may
// use more. It takes more than half a minute of processor time, because each of the hundred
// shapes is made to be as expensive to read as the limits allow.
func TestServe_HostileMailsLeaveItAlive(t *testing.T) {
	if testing.Short() {
		t.Skip("not under -short")
	}
	t.Parallel()
	h := hostileDaemon(t)
	shapes := hostileMails(8 << 20)
	random := rand.New(rand.NewPCG(11, 0))
	random.Shuffle(len(shapes), func(i, j int) { shapes[i], shapes[j] = shapes[j], shapes[i] })
	seen := map[string]bool{}
	for _, shape := range shapes {
		if seen[shape.name] {
			t.Errorf("two shapes are called %q", shape.name)
		}
		seen[shape.name] = true
		h.sent++
		if err := h.deliver("cite-rouen.example", shape.make()); err != nil {
			t.Fatalf("%s: %v", shape.name, err)
		}
	}
	const colleague = "collegue0@cite-brest.example"
	h.sent++
	if err := h.deliver("cite-brest.example", newsOf(colleague)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	if _, err := h.mail.Wait(ctx, func(d localmail.Delivered) bool { return d.To.Equal(colleague) }); err != nil {
		t.Fatalf("the colleague has no receipt: %v: %.3000s", err, h.daemon.log)
	}
	if err := h.daemon.settle(t.Context()); err != nil {
		t.Fatalf("%.3000s", err)
	}
	peak, err := residentPeak(h.daemon.cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	if peak > hostilePeak {
		t.Errorf("the daemon took %d MB, want at most %d", peak>>20, hostilePeak>>20)
	}
	t.Logf("%d mails, %d MB at the peak", len(shapes), peak>>20)
	inbox, err := h.mail.Folder(t.Context(), demo.NewsletterAddress, "INBOX")
	if err != nil || len(inbox) > 0 {
		t.Errorf("%d mails are left in the inbox, %v", len(inbox), err)
	}
}

// BenchmarkHostileDaemon prints the worst of each shape.
func BenchmarkHostileDaemon(b *testing.B) {
	h := hostileDaemon(b)
	for _, shape := range hostileMails(hostileWhole) {
		b.Run(shape.name, func(b *testing.B) {
			raw := shape.make()
			var worst hostileCost
			for b.Loop() {
				cost, err := h.try(raw)
				if err != nil {
					b.Fatal(err)
				}
				worst.answered, worst.each = max(worst.answered, cost.answered), max(worst.each, cost.each)
				worst.peak = max(worst.peak, cost.peak)
			}
			b.ReportMetric(worst.answered.Seconds(), "s-until-answered")
			b.ReportMetric(worst.each.Seconds(), "cpu-s-each")
			b.ReportMetric(float64(worst.peak>>20), "MB-peak")
		})
	}
}
