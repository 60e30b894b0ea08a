package rpmmd

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// Update is one advisory of updateinfo.xml.
type Update struct {
	ID       string // "FEDORA-2024-0123456789", "openEuler-SA-2024-1001", …
	Type     string // "security", "bugfix", "enhancement" or "newpackage"
	Status   string // "final", "stable", …
	From     string // who issued it
	Version  string
	Title    string
	Severity string // "Critical", "Important", "Moderate", "Low", or empty
	Issued   string // as written: "2024-01-31 12:00:00" or seconds since 1970
	Updated  string
	Release  string
	Rights   string
	Summary  string

	Description string
	Solution    string
	References  []UpdateReference
	Collections []UpdateCollection

	RebootSuggested bool // of the advisory as a whole
}

// UpdateReference is a link of an advisory.
type UpdateReference struct {
	Type  string // "bugzilla", "cve", "self", …
	ID    string
	Title string
	Href  string
}

// UpdateCollection is the packages of an advisory for one product or module.
type UpdateCollection struct {
	Short, Name string
	Module      *UpdateModule // nil outside of modules
	Packages    []UpdatePackage
}

// UpdateModule names the module stream that the packages of a collection belong to.
type UpdateModule struct{ Name, Stream, Version, Context, Arch string }

// UpdatePackage is the state of a package in which the advisory is dealt with.
type UpdatePackage struct {
	Name, Epoch, Version, Release, Arch string

	Source   string // name of the source package's file
	Filename string
	Checksum Checksum

	RebootSuggested, RestartSuggested, ReloginSuggested bool
}

// ParseUpdateinfo reads a decompressed updateinfo.xml, and calls sink for each advisory, which
// sink may keep. Documents of several tens of megabytes are usual; memory is bounded by the
// largest advisory.
func ParseUpdateinfo(ctx context.Context, r io.Reader, sink func(*Update) error) error {
	err := parseTrees(ctx, r, maxTree, []string{"updates"}, func(root bool, n *node) error {
		if root || n.name != "update" {
			return nil
		}
		return sink(update(n))
	})
	if err != nil {
		return fmt.Errorf("updateinfo: %w", err)
	}
	return nil
}

func update(n *node) *Update {
	u := &Update{Type: n.attr("type"), Status: n.attr("status"), From: n.attr("from"), Version: n.attr("version")}
	for i := range n.children {
		c := &n.children[i]
		switch c.name {
		case "id":
			u.ID = strings.TrimSpace(c.text)
		case "title":
			u.Title = c.text
		case "severity":
			u.Severity = strings.TrimSpace(c.text)
		case "issued":
			u.Issued = c.attr("date")
		case "updated":
			u.Updated = c.attr("date")
		case "release":
			u.Release = c.text
		case "rights":
			u.Rights = c.text
		case "summary":
			u.Summary = c.text
		case "description":
			u.Description = c.text
		case "solution":
			u.Solution = c.text
		case "reboot_suggested":
			u.RebootSuggested = suggested(c)
		case "references":
			u.References = append(u.References, updateReferences(c)...)
		case "pkglist":
			for j := range c.children {
				if k := &c.children[j]; k.name == "collection" {
					u.Collections = append(u.Collections, updateCollection(k))
				}
			}
		}
	}
	return u
}

// suggested is the value of <reboot_suggested> and its like: the element alone says yes.
func suggested(n *node) bool { return strings.TrimSpace(n.text) == "" || isTrue(n.text) }

func updateReferences(n *node) []UpdateReference {
	var list []UpdateReference
	for i := range n.children {
		if c := &n.children[i]; c.name == "reference" {
			list = append(list, UpdateReference{Type: c.attr("type"), ID: c.attr("id"), Title: c.attr("title"), Href: c.attr("href")})
		}
	}
	return list
}

func updateCollection(n *node) UpdateCollection {
	col := UpdateCollection{Short: n.attr("short")}
	for i := range n.children {
		c := &n.children[i]
		switch c.name {
		case "name":
			col.Name = c.text
		case "module":
			col.Module = &UpdateModule{c.attr("name"), c.attr("stream"), c.attr("version"), c.attr("context"), c.attr("arch")}
		case "package":
			col.Packages = append(col.Packages, updatePackage(c))
		}
	}
	return col
}

func updatePackage(n *node) UpdatePackage {
	p := UpdatePackage{
		Name: n.attr("name"), Epoch: n.attr("epoch"), Version: n.attr("version"), Release: n.attr("release"),
		Arch: n.attr("arch"), Source: n.attr("src"),
	}
	for i := range n.children {
		c := &n.children[i]
		switch c.name {
		case "filename":
			p.Filename = strings.TrimSpace(c.text)
		case "sum":
			p.Checksum = nodeChecksum(c)
		case "reboot_suggested":
			p.RebootSuggested = suggested(c)
		case "restart_suggested":
			p.RestartSuggested = suggested(c)
		case "relogin_suggested":
			p.ReloginSuggested = suggested(c)
		}
	}
	return p
}
