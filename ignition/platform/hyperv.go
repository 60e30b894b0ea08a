package platform

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/platform/internal/kvp"
)

const (
	hyperVKey       = "ignition.config"
	hyperVKeyPrefix = "ignition.config."
	hyperVPool      = 0
	hyperVSilence   = time.Second
	// hyperVPoolFile is where hv_kvp_daemon of the running system expects a pool.
	hyperVPoolFile = "/var/lib/hyperv/.kvp_pool_%d"
)

// fetchHyperV takes the host's pairs. The host sends them once, so that the pool
// files for the running system have to be written from what is read here.
func fetchHyperV(ctx context.Context, e *env) (Result, error) {
	if err := e.modprobe(ctx, "/sys/bus/vmbus/drivers/hv_utils", "hv_utils", "loading hv_utils kernel module"); err != nil {
		return Result{}, fmt.Errorf("loading hv_utils kernel module: %w", err)
	}
	pools, err := e.readPairs(ctx)
	if err != nil {
		return Result{}, fmt.Errorf("reading key-value pairs: %w", err)
	}
	config, ok := pools.Value(hyperVPool, hyperVKey)
	if ok {
		e.log.Debug("found single KVP key")
	}
	if config == "" {
		if config, ok = pools.Split(hyperVPool, hyperVKeyPrefix); ok {
			e.log.Debug("found concatenated KVP keys")
		}
	}
	return Result{Raw: []byte(config), OutputFiles: poolFiles(pools)}, nil
}

func (e *env) readPairs(ctx context.Context) (*kvp.Pools, error) {
	device, err := e.pairs(e.path(kvp.Device))
	if err != nil {
		return nil, err
	}
	defer device.Close()
	return kvp.Read(ctx, device, hyperVSilence)
}

// poolFiles returns all pool files. The config stays among the pairs, and the host
// would give it to the daemon again, so nobody but root may read them.
func poolFiles(pools *kvp.Pools) []types.File {
	files := make([]types.File, kvp.PoolCount)
	for n := range files {
		mode, overwrite := 0o600, true
		source := "data:,"
		if file := pools.File(n); len(file) > 0 {
			source = "data:;base64," + base64.StdEncoding.EncodeToString(file)
		}
		files[n].Path = fmt.Sprintf(hyperVPoolFile, n)
		files[n].Overwrite = &overwrite
		files[n].Mode = &mode
		files[n].Contents.Source = &source
	}
	return files
}
