package rpmmd

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Comps is a comps.xml: the groups of a distribution.
type Comps struct {
	Groups       []Group
	Environments []Environment
	Categories   []Category
	LangPacks    []LangPack
}

// Translated is a text with its translations.
type Translated struct {
	Text  string
	Langs []LangText // in the order of the document
}

// LangText is one translation.
type LangText struct{ Lang, Text string }

// Group is a set of packages that are installed together.
type Group struct {
	ID                string
	Name, Description Translated
	Default           bool
	UserVisible       bool // true when the document does not say
	BiarchOnly        bool
	LangOnly          string
	DisplayOrder      int // 1024 when the document does not say
	Packages          []GroupPackage
}

// GroupPackage is a package of a group.
type GroupPackage struct {
	Name         string
	Type         string // "mandatory", "default", "optional" or "conditional"
	Requires     string // of a conditional one: the package it depends on
	BaseArchOnly bool
}

// Environment is a choice of groups that make a system.
type Environment struct {
	ID                string
	Name, Description Translated
	DisplayOrder      int
	Groups            []GroupRef // always part of it
	Options           []GroupRef // offered; Default says whether preselected
}

// GroupRef names a group.
type GroupRef struct {
	ID      string
	Default bool
}

// Category is a heading for groups.
type Category struct {
	ID                string
	Name, Description Translated
	DisplayOrder      int
	Groups            []GroupRef
}

// LangPack maps a package to its language packs: Install is a name with %s for the language.
type LangPack struct{ Name, Install string }

const maxCompsItems = 100_000

// ParseComps reads a decompressed comps.xml. Elements that are not known are passed over.
func ParseComps(ctx context.Context, r io.Reader) (*Comps, error) {
	c := &Comps{}
	items := 0
	err := parseTrees(ctx, r, maxTree, []string{"comps"}, func(root bool, n *node) error {
		if root {
			return nil
		}
		if items++; items > maxCompsItems {
			return fmt.Errorf("more than %d groups", maxCompsItems)
		}
		switch n.name {
		case "group":
			c.Groups = append(c.Groups, compsGroup(n))
		case "environment":
			e := Environment{DisplayOrder: 1024}
			e.Groups, e.Options = groupRefs(n.child("grouplist")), groupRefs(n.child("optionlist"))
			compsHead(n, &e.ID, &e.Name, &e.Description, &e.DisplayOrder)
			c.Environments = append(c.Environments, e)
		case "category":
			e := Category{DisplayOrder: 1024, Groups: groupRefs(n.child("grouplist"))}
			compsHead(n, &e.ID, &e.Name, &e.Description, &e.DisplayOrder)
			c.Categories = append(c.Categories, e)
		case "langpacks":
			for i := range n.children {
				if m := &n.children[i]; m.name == "match" {
					c.LangPacks = append(c.LangPacks, LangPack{m.attr("name"), m.attr("install")})
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("comps: %w", err)
	}
	return c, nil
}

func compsHead(n *node, id *string, name, description *Translated, order *int) {
	for i := range n.children {
		c := &n.children[i]
		switch c.name {
		case "id":
			*id = strings.TrimSpace(c.text)
		case "name":
			name.add(c)
		case "description":
			description.add(c)
		case "display_order":
			if v, err := strconv.Atoi(strings.TrimSpace(c.text)); err == nil {
				*order = v
			}
		}
	}
}

func (t *Translated) add(n *node) {
	if lang := n.attr("xml:lang"); lang != "" {
		t.Langs = append(t.Langs, LangText{lang, n.text})
	} else {
		t.Text = n.text
	}
}

func compsGroup(n *node) Group {
	g := Group{UserVisible: true, DisplayOrder: 1024}
	compsHead(n, &g.ID, &g.Name, &g.Description, &g.DisplayOrder)
	for i := range n.children {
		c := &n.children[i]
		switch c.name {
		case "default":
			g.Default = isTrue(c.text)
		case "uservisible":
			g.UserVisible = isTrue(c.text)
		case "biarchonly":
			g.BiarchOnly = isTrue(c.text)
		case "langonly":
			g.LangOnly = strings.TrimSpace(c.text)
		case "packagelist":
			g.Packages = append(g.Packages, groupPackages(c)...)
		}
	}
	return g
}

func groupPackages(n *node) []GroupPackage {
	var list []GroupPackage
	for i := range n.children {
		c := &n.children[i]
		if c.name != "packagereq" {
			continue
		}
		p := GroupPackage{
			Name:         strings.TrimSpace(c.text),
			Type:         c.attr("type"),
			Requires:     c.attr("requires"),
			BaseArchOnly: isTrue(c.attr("basearchonly")),
		}
		if p.Type == "" {
			p.Type = "mandatory" // as libcomps has it
		}
		list = append(list, p)
	}
	return list
}

func groupRefs(n *node) []GroupRef {
	var list []GroupRef
	for i := range n.children {
		if c := &n.children[i]; c.name == "groupid" {
			list = append(list, GroupRef{ID: strings.TrimSpace(c.text), Default: isTrue(c.attr("default"))})
		}
	}
	return list
}

func isTrue(s string) bool {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "1", "true", "yes":
		return true
	}
	return false
}
