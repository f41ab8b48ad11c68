// Package internal_test checks which packages of the module import which.
package internal_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// adapters are the packages that talk to the network, the disk or a browser.
var adapters = []string{"internal/keys", "internal/mailbox", "internal/relay", "internal/sqlite", "internal/web"}

// layers is the table of internal/README.md: the packages of ours that each may
// import, named below the module. A package that is not in it fails the test, so that
// its author decides where it belongs.
var layers = func() map[string][]string {
	domain0 := []string{"internal/message", "internal/bounce", "internal/token", "internal/agenda", "internal/schedule", "internal/document", "internal/audit", "internal/journal", "internal/oauth"}
	domain1 := []string{"internal/item", "internal/editorial", "internal/issue", "internal/audience", "internal/delivery"}
	below2 := slices.Concat(domain0, domain1)
	below3 := append(slices.Clone(below2), "internal/newsroom")
	below4 := append(slices.Clone(below3), "internal/intake", "internal/render")
	return map[string][]string{
		"config":    nil,
		"templates": nil,

		"internal/message":  nil,
		"internal/bounce":   {"internal/message"},
		"internal/token":    nil,
		"internal/agenda":   nil,
		"internal/schedule": nil,
		"internal/document": nil,
		"internal/audit":    nil,
		"internal/journal":  nil,
		"internal/oauth":    nil,

		"internal/item":      {"internal/message", "internal/agenda", "internal/document"},
		"internal/editorial": {"internal/item", "internal/token", "internal/message"},
		"internal/issue":     {"internal/item", "internal/agenda", "internal/schedule"},
		"internal/audience":  {"internal/message"},
		"internal/delivery":  {"internal/audience", "internal/bounce", "internal/message", "internal/token", "internal/schedule"},

		"internal/newsroom": below2,

		"internal/intake": below3,
		"internal/render": append(slices.Clone(below3), "templates"),

		"internal/keys":    nil,
		"internal/mailbox": {"internal/message", "internal/oauth"},
		"internal/relay":   {"internal/message", "internal/oauth"},
		"internal/sqlite":  below4,
		"internal/web":     append(slices.Clone(below4), "templates"),

		"internal/localmail":          append(slices.Clone(domain0), "internal/localmail/localtls"),
		"internal/localmail/localtls": nil,
		"internal/localmail/debian":   {"internal/message", "internal/localmail", "internal/localmail/localtls"},

		"internal/demo": {
			"config", "internal/message", "internal/schedule", "internal/item", "internal/audience", "internal/delivery",
			"internal/sqlite", "internal/localmail", "internal/demo/sample",
		},
		"internal/demo/sample": nil,

		"cmd/infolettre": slices.Concat(below4, adapters, []string{"config", "templates", "internal/demo"}),
	}
}()

type listed struct {
	ImportPath                         string
	GoFiles                            []string
	Imports, TestImports, XTestImports []string
}

// listPackages lists the packages of the module, once for all tests.
var listPackages = sync.OnceValues(func() ([]listed, error) {
	// Go keeps the result of a test until a file changes that the test itself
	// has opened; what go list reads does not count.
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == ".git" {
			return fs.SkipDir
		}
		if err == nil && strings.HasSuffix(path, ".go") {
			_, err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("go", "list", "-json=ImportPath,GoFiles,Imports,TestImports,XTestImports", "infolettre/...")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, stderr.String())
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
})

func packages(t *testing.T) []listed {
	t.Helper()
	all, err := listPackages()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// ours returns a package's path below the module; false for a package of another module.
func ours(path string) (string, bool) {
	// A test binary's own variant is listed as "path [path.test]".
	path, _, _ = strings.Cut(path, " ")
	return strings.CutPrefix(path, "infolettre/")
}

func TestLayers_ImportsGoDown(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, p := range packages(t) {
		name, _ := ours(p.ImportPath)
		if len(p.GoFiles) == 0 {
			continue // a folder of tests, such as this one
		}
		allowed, placed := layers[name]
		if !placed {
			t.Errorf("%s is in no layer: place it in internal/README.md and in this test", name)
			continue
		}
		seen++
		for _, i := range p.Imports {
			if dep, is := ours(i); is && !slices.Contains(allowed, dep) {
				t.Errorf("%s imports %s, which its layer does not allow", name, dep)
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d packages were checked", seen)
	}
}

// Tests of any package may use the real store and the mail servers in the process. But
// the tests of an adapter use no other adapter except the store, and no package
// imports the command.
func TestLayers_TestsKeepAdaptersApart(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		name, _ := ours(p.ImportPath)
		for _, i := range slices.Concat(p.TestImports, p.XTestImports) {
			dep, is := ours(i)
			if !is || dep == name || strings.HasPrefix(name, "cmd/") {
				continue
			}
			if slices.Contains(adapters, name) && slices.Contains(adapters, dep) && dep != "internal/sqlite" || strings.HasPrefix(dep, "cmd/") {
				t.Errorf("the tests of %s import %s", name, dep)
			}
		}
	}
}

// reachable returns the packages that the named one may import, directly or through others.
func reachable(name string) []string {
	var all []string
	for _, dep := range layers[name] {
		if !slices.Contains(all, dep) {
			all = append(append(all, dep), reachable(dep)...)
		}
	}
	return all
}

// The table itself allows no cycle, and no adapter to import another.
func TestLayers_TableHasNoCycle(t *testing.T) {
	t.Parallel()
	for name := range layers {
		for _, dep := range layers[name] {
			if _, known := layers[dep]; !known {
				t.Errorf("%s may import %s, which is not in the table", name, dep)
			}
			if slices.Contains(reachable(dep), name) {
				t.Errorf("%s and %s may import each other", name, dep)
			}
			if slices.Contains(adapters, name) && slices.Contains(adapters, dep) {
				t.Errorf("the adapter %s may import the adapter %s", name, dep)
			}
		}
	}
}
