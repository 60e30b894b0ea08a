package engine

import "github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"

// Translate makes a config that was decoded as version v one of the newest
// version. Besides the version itself only special mode bits change, which had no
// effect before 3.6.0 and must not have one now.
func Translate(cfg *types.Config, v Version) {
	if v < V3_6 {
		for i := range cfg.Storage.Files {
			clearSpecialBits(cfg.Storage.Files[i].Mode)
		}
		for i := range cfg.Storage.Directories {
			clearSpecialBits(cfg.Storage.Directories[i].Mode)
		}
	}
	if v < Newest {
		cfg.Ignition.Version = Newest.String()
	}
}

func clearSpecialBits(mode *int) {
	if mode != nil {
		*mode &^= 0o7000
	}
}
