package main

import (
	"cmp"
	"fmt"
	"runtime/debug"
)

// These are set by `make build` (-ldflags -X); a build without them takes what the Go
// tool recorded.
var version, commit, buildTime string

type versionCmd struct{}

func (versionCmd) Run(g *global) error {
	_, err := fmt.Fprintln(g.stdout, versionLine())
	return err
}

// versionLine returns the tag, the commit, the commit's time and the Go version of this
// build on one line. Without a tag it is "development", without a commit "unknown".
func versionLine() string {
	tag, revision, at := version, commit, buildTime
	info, ok := debug.ReadBuildInfo()
	if ok {
		tag = cmp.Or(tag, taggedVersion(info.Main.Version))
		modified := ""
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				revision = cmp.Or(revision, s.Value)
			case "vcs.time":
				at = cmp.Or(at, s.Value)
			case "vcs.modified":
				if s.Value == "true" && commit == "" {
					modified = " with changes"
				}
			}
		}
		if revision != "" {
			revision += modified
		}
	}
	line := "infolettre " + cmp.Or(tag, "development") + ", commit " + cmp.Or(revision, "unknown")
	if at != "" {
		line += ", " + at
	}
	if ok {
		line += ", " + info.GoVersion
	}
	return line
}

// taggedVersion returns a module version that comes from a tag; "" for the placeholder
// that the Go tool writes into a build of a working tree.
func taggedVersion(v string) string {
	if v == "(devel)" {
		return ""
	}
	return v
}
