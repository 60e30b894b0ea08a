package provision

import (
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/ignition/resource"
)

// Redact returns a copy of a config that can be shown: contents (of data URLs,
// units and drop-ins), password hashes, header values, configurations of Clevis
// pins, and passwords and queries in URLs are replaced by "<redacted>".
func Redact(cfg types.Config) types.Config {
	out := cfg
	ign := &out.Ignition
	ign.Config.Replace = redactResource(ign.Config.Replace)
	ign.Config.Merge = each(ign.Config.Merge, redactResource)
	ign.Security.TLS.CertificateAuthorities = each(ign.Security.TLS.CertificateAuthorities, redactResource)
	ign.Proxy.HTTPProxy = redactURL(ign.Proxy.HTTPProxy)
	ign.Proxy.HTTPSProxy = redactURL(ign.Proxy.HTTPSProxy)
	out.Storage.Files = each(cfg.Storage.Files, func(f types.File) types.File {
		f.Contents = redactResource(f.Contents)
		f.Append = each(f.Append, redactResource)
		return f
	})
	out.Storage.Luks = each(cfg.Storage.Luks, func(l types.Luks) types.Luks {
		l.KeyFile = redactResource(l.KeyFile)
		l.Clevis.Custom.Config = hide(l.Clevis.Custom.Config)
		l.Clevis.Tang = each(l.Clevis.Tang, func(t types.Tang) types.Tang {
			t.URL = *redactURL(&t.URL)
			return t
		})
		return l
	})
	out.Passwd.Users = each(cfg.Passwd.Users, func(u types.PasswdUser) types.PasswdUser {
		u.PasswordHash = hide(u.PasswordHash)
		return u
	})
	out.Passwd.Groups = each(cfg.Passwd.Groups, func(g types.PasswdGroup) types.PasswdGroup {
		g.PasswordHash = hide(g.PasswordHash)
		return g
	})
	out.Systemd.Units = each(cfg.Systemd.Units, func(u types.Unit) types.Unit {
		u.Contents = hide(u.Contents)
		u.Dropins = each(u.Dropins, func(d types.Dropin) types.Dropin {
			d.Contents = hide(d.Contents)
			return d
		})
		return u
	})
	return out
}

// each applies f to the elements of a copy.
func each[T any](list []T, f func(T) T) []T {
	if list == nil {
		return nil
	}
	out := make([]T, len(list))
	for i := range list {
		out[i] = f(list[i])
	}
	return out
}

// hide replaces a secret that is set and not empty.
func hide(s *string) *string {
	if s == nil || *s == "" {
		return s
	}
	r := oplog.Redacted
	return &r
}

func redactResource(r types.Resource) types.Resource {
	r.Source = redactURL(r.Source)
	r.HTTPHeaders = each(r.HTTPHeaders, func(h types.HTTPHeader) types.HTTPHeader {
		h.Value = hide(h.Value)
		return h
	})
	return r
}

// redactURL keeps what tells where something comes from. Queries go: signed URLs
// have their signature there.
func redactURL(s *string) *string {
	if s == nil {
		return nil
	}
	out := resource.ShownURL(*s)
	return &out
}
