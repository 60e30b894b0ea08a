package cloud

import (
	"maps"

	"github.com/nestos-dev/nestos/ignition/resource"
	"github.com/nestos-dev/nestos/ignition/resource/azure"
	"github.com/nestos-dev/nestos/ignition/resource/gce"
	"github.com/nestos-dev/nestos/ignition/resource/s3"
)

// Options returns a copy of base, which may be nil, for the platform of this name. What
// base has set already is kept. Nothing is asked for before it is needed.
func Options(platform string, base *resource.Options) *resource.Options {
	var opt resource.Options
	if base != nil {
		opt = *base
	}
	store := &s3.Options{UserAgent: "Ignition/" + opt.Version}
	if platform == "aws" {
		instance := s3.NewInstance(nil)
		store.Credentials, store.Region = instance.Credentials, instance.Region
	}
	client := s3.New(store)
	sources := map[string]resource.Source{"s3": client, "arn": client}
	maps.Copy(sources, opt.Sources)
	opt.Sources = sources
	if opt.GoogleToken == nil {
		opt.GoogleToken = gce.NewToken(nil)
	}
	if opt.AzureToken == nil && platform == "azure" {
		opt.AzureToken = azure.NewToken(nil)
	}
	return &opt
}
