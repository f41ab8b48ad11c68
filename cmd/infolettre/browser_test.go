package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"infolettre/internal/delivery"
)

// browser starts a headless Chromium, or skips the test where there is none.
func browser(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("browsers are slow")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		if strings.Contains(","+os.Getenv("INFOLETTRE_REQUIRE")+",", ",chromium,") {
			t.Fatal("INFOLETTRE_REQUIRE names chromium, and it is not installed")
		}
		t.Skip("chromium is not installed")
	}
	alloc, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	ctx, timeout := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(timeout)
	return ctx
}

// The demonstration's issue fits a phone and a screen: nothing stands out to the
// right, and its picture is shown.
func TestIssue_FitsPhoneAndScreen(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("browsers are slow")
	}
	dir := filepath.Join(t.TempDir(), "mails")
	var out strings.Builder
	if status := run(t.Context(), []string{"demo", "--once", "--dir", dir, "--lang", "fr"}, strings.NewReader(""), &out, &out); status != exitOK {
		t.Fatalf("demo: status %d\n%s", status, out.String())
	}
	issues, err := filepath.Glob(filepath.Join(dir, "*-issue-*.html"))
	if err != nil || len(issues) != 40 {
		t.Fatalf("%d issues, %v", len(issues), err)
	}
	ctx := browser(t) // not before, because its time is limited
	site := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer site.Close()
	for _, width := range []int64{360, 1280} {
		for _, page := range []string{filepath.Base(issues[0]), "index.html"} {
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(site.URL+"/"+page)); err != nil {
				t.Fatal(err)
			}
			scroll, err1 := chromedp.Run(ctx, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`))
			pictures, err2 := chromedp.Run(ctx, chromedp.Evaluate[int](`document.images.length`))
			broken, err3 := chromedp.Run(ctx, chromedp.Evaluate[int](`[...document.images].filter(i => !i.naturalWidth).length`))
			if err := errors.Join(err1, err2, err3); err != nil {
				t.Fatal(err)
			}
			if scroll > width {
				t.Errorf("%s is %d pixels wide on a screen of %d", page, scroll, width)
			}
			if page != "index.html" && (pictures != 2 || broken != 0) {
				t.Errorf("%s shows %d pictures, %d of them broken", page, pictures, broken)
			}
		}
	}
}

// A reader follows the link at the foot of a mail and presses the button.
func TestUnsubscribe_WorksInABrowser(t *testing.T) {
	ctx := browser(t)
	p := newPlay(t, "2018-01-25T08:00:00+01:00", nil)
	p.people(nadia+",Nadia Berthier,Rouen,fr,contact;membre", "pat@partner.example,Pat Lowe,,en,partenaire")
	p.write(nadia, "Agenda", "22 mars\nForum des métiers, Rouen\n")
	p.answer(marco, p.last(marco, delivery.KindRequest), "gmail", "ok")
	p.until("2018-03-15T09:00:00+01:00")
	mail := p.last("pat@partner.example", delivery.KindReminder)
	_, after, found := strings.Cut(mail.Text, "Unsubscribe: ")
	if !found {
		t.Fatalf("no link in\n%s", mail.Text)
	}
	link := strings.Fields(after)[0]
	if err := chromedp.Do(ctx, chromedp.Navigate(link)); err != nil {
		t.Fatal(err)
	}
	asked, err1 := chromedp.Run(ctx, chromedp.Text("main"))
	err2 := chromedp.Do(ctx, chromedp.Click("button"), chromedp.WaitNotPresent("form"))
	done, err3 := chromedp.Run(ctx, chromedp.Text("main"))
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(asked, "pat@partner.example") || !strings.Contains(done, "will receive neither") {
		t.Errorf("the page asked %q and said %q", asked, done)
	}
	p.until("2018-03-22T09:00:00+01:00")
	if got := len(p.got("pat@partner.example", delivery.KindReminder)); got != 1 {
		t.Errorf("%s after leaving", fmt.Sprint(got, " reminders"))
	}
	if got := len(p.got(nadia, delivery.KindReminder)); got != 2 {
		t.Errorf("%d reminders for who stayed", got)
	}
}
