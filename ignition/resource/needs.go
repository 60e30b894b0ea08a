package resource

import (
	"net/url"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// NeedsNetwork says whether fetching a URL needs the network: it has a scheme, and
// that is not data. What is not a URL needs none: fetching it fails anyway.
func NeedsNetwork(rawURL string) bool {
	if isData(rawURL) {
		return false
	}
	u, err := url.Parse(rawURL)
	return err == nil && u.Scheme != ""
}

// ConfigNeedsNetwork says whether a merged config needs the network: for a
// resource, for binding to a Tang server whose advertisement it lacks, or for a
// custom Clevis pin that says so.
func ConfigNeedsNetwork(cfg *types.Config) bool {
	for res := range resources(cfg) {
		if res.Source != nil && NeedsNetwork(*res.Source) {
			return true
		}
	}
	for _, luks := range cfg.Storage.Luks {
		if need := luks.Clevis.Custom.NeedsNetwork; need != nil && *need {
			return true
		}
		for _, tang := range luks.Clevis.Tang {
			if tang.Advertisement == nil || *tang.Advertisement == "" {
				return true
			}
		}
	}
	return false
}

// resources visits all resources of a config.
func resources(cfg *types.Config) func(yield func(*types.Resource) bool) {
	return func(yield func(*types.Resource) bool) {
		each := func(list []types.Resource) bool {
			for i := range list {
				if !yield(&list[i]) {
					return false
				}
			}
			return true
		}
		ign := &cfg.Ignition
		if !yield(&ign.Config.Replace) || !each(ign.Config.Merge) || !each(ign.Security.TLS.CertificateAuthorities) {
			return
		}
		for i := range cfg.Storage.Files {
			file := &cfg.Storage.Files[i]
			if !yield(&file.Contents) || !each(file.Append) {
				return
			}
		}
		for i := range cfg.Storage.Luks {
			if !yield(&cfg.Storage.Luks[i].KeyFile) {
				return
			}
		}
	}
}

// isData says whether a URL is a data URL. Such URLs are long and many, so they
// are not parsed as URLs.
func isData(rawURL string) bool {
	const prefix = "data:"
	return len(rawURL) >= len(prefix) && strings.EqualFold(rawURL[:len(prefix)], prefix)
}
