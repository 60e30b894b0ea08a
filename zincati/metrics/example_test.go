package metrics_test

import (
	"fmt"
	"os"

	"github.com/nestos-dev/nestos/zincati/metrics"
)

func Example() {
	m := metrics.New()
	m.Inc("zincati_strategy_fleet_lock_requests_total", "pre-reboot")
	m.Set("zincati_update_agent_last_refresh_timestamp", 1795406385)
	if err := m.WriteText(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// # HELP zincati_strategy_fleet_lock_requests_total Requests to the lock server, by API.
	// # TYPE zincati_strategy_fleet_lock_requests_total counter
	// zincati_strategy_fleet_lock_requests_total{api="pre-reboot"} 1
	// # HELP zincati_update_agent_last_refresh_timestamp Unix time at which the agent last looked at its state.
	// # TYPE zincati_update_agent_last_refresh_timestamp gauge
	// zincati_update_agent_last_refresh_timestamp 1795406385
}
