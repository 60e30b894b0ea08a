package main

import (
	"context"
	"time"

	"github.com/nestos-dev/nestos/internal/cli"
)

func runRemoteAddCookie(ctx context.Context, env *cli.Env, args []string) error {
	c := newCommand(ctx, env, "NAME DOMAIN PATH COOKIE_NAME VALUE", "Add a cookie to remote")
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	if len(rest) < 5 {
		return c.usage("NAME, DOMAIN, PATH, COOKIE_NAME and VALUE must be specified")
	}
	return r.AddCookie(rest[0], rest[1], rest[2], rest[3], rest[4])
}

func runRemoteDeleteCookie(ctx context.Context, env *cli.Env, args []string) error {
	c := newCommand(ctx, env, "NAME DOMAIN PATH COOKIE_NAME", "Remove one cookie from remote")
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	if len(rest) < 4 {
		return c.usage("NAME, DOMAIN, PATH and COOKIE_NAME must be specified")
	}
	return r.DeleteCookie(rest[0], rest[1], rest[2], rest[3])
}

// cookieJSON is one element of what remote list-cookies --json prints.
type cookieJSON struct {
	Domain     string `json:"domain"`
	Subdomains bool   `json:"subdomains"`
	Path       string `json:"path"`
	Secure     bool   `json:"secure"`
	HTTPOnly   bool   `json:"http_only"`
	Expires    string `json:"expires,omitempty"` // RFC 3339, UTC
	Name       string `json:"name"`
	Value      string `json:"value"`
}

func runRemoteListCookies(ctx context.Context, env *cli.Env, args []string) error {
	var json bool
	c := newCommand(ctx, env, "NAME", "Show remote repository cookies", jsonOption(&json))
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	if len(rest) == 0 {
		return c.usage("NAME must be specified")
	}
	cookies, err := r.Cookies(rest[0])
	if err != nil {
		return err
	}
	list := []cookieJSON{}
	for _, k := range cookies {
		if !json {
			c.printf("%s", k.Listing())
			continue
		}
		j := cookieJSON{Domain: k.Domain, Subdomains: k.Subdomains, Path: k.Path, Secure: k.Secure, HTTPOnly: k.HTTPOnly, Name: k.Name, Value: k.Value}
		if k.Expires != 0 {
			j.Expires = time.Unix(k.Expires, 0).UTC().Format(time.RFC3339)
		}
		list = append(list, j)
	}
	if json {
		return jsonSlice(c, list)
	}
	return nil
}
