package metrics

// kind is the type of a series in the text format.
type kind uint8

const (
	counter kind = iota
	gauge
)

// family is one metric: all its series share name, type and the names of the labels.
type family struct {
	name   string
	kind   kind
	labels []string
	help   string
}

// families are all metrics of the agent. The order of the labels is that of the values in Inc and Set.
var families = []family{
	{"process_start_time_seconds", gauge, nil, "Unix time at which the process was started."},

	{"zincati_cincinnati_booted_release_is_deadend", gauge, nil, "1 if no update will ever lead on from the booted release, else 0."},
	{"zincati_cincinnati_graph_edges_count", gauge, nil, "Edges in the update graph that was received last."},
	{"zincati_cincinnati_graph_nodes_count", gauge, nil, "Nodes in the update graph that was received last."},
	{"zincati_cincinnati_ignored_update_targets", gauge, nil, "Update targets left out by the last check because their release is on the deny list."},
	{"zincati_cincinnati_update_checks_errors_total", counter, []string{"kind"}, "Checks for updates that failed, by kind of error."},
	{"zincati_cincinnati_update_checks_total", counter, nil, "Checks for updates at the graph server."},

	{"zincati_identity_os_info", gauge, []string{"os_version", "basearch", "stream", "platform"}, "The booted release in its labels; the value is 1."},
	{"zincati_identity_rollout_wariness", gauge, nil, "Configured caution against releases that are being rolled out, from 0 to 1."},

	{"zincati_rpm_ostree_deploy_attempts_total", counter, nil, "Runs of 'rpm-ostree deploy' and 'rpm-ostree rebase' that stage a release."},
	{"zincati_rpm_ostree_deploy_failures_total", counter, nil, "Runs of 'rpm-ostree deploy' and 'rpm-ostree rebase' that failed."},
	{"zincati_rpm_ostree_finalize_attempts_total", counter, nil, "Runs of 'rpm-ostree finalize-deployment'."},
	{"zincati_rpm_ostree_finalize_failures_total", counter, nil, "Runs of 'rpm-ostree finalize-deployment' that failed."},
	{"zincati_rpm_ostree_register_driver_failures_total", counter, nil, "Failures to register as the update driver of rpm-ostree."},
	{"zincati_rpm_ostree_status_attempts_total", counter, nil, "Runs of 'rpm-ostree status'."},
	{"zincati_rpm_ostree_status_cache_misses_total", counter, nil, "Queries of the remembered status that had to run 'rpm-ostree status'."},
	{"zincati_rpm_ostree_status_cache_requests_total", counter, nil, "Queries of the remembered status of rpm-ostree."},
	{"zincati_rpm_ostree_status_failures_total", counter, nil, "Runs of 'rpm-ostree status' that failed."},

	{"zincati_strategy_fleet_lock_errors_total", counter, []string{"api", "kind"}, "Requests to the lock server that failed, by API and kind of error."},
	{"zincati_strategy_fleet_lock_requests_total", counter, []string{"api"}, "Requests to the lock server, by API."},

	{"zincati_update_agent_finalization_attempts", counter, nil, "Attempts to finalize a staged release, including those that were put off."},
	{"zincati_update_agent_finalization_blocked_count", counter, []string{"reason"}, "Attempts to finalize that were put off, by reason."},
	{"zincati_update_agent_finalization_detected_active_users", gauge, nil, "Interactive sessions seen before the last attempt to finalize."},
	{"zincati_update_agent_finalization_successes", counter, nil, "Staged releases that were finalized."},
	{"zincati_update_agent_last_refresh_timestamp", gauge, nil, "Unix time at which the agent last looked at its state."},
	{"zincati_update_agent_latest_state_change_timestamp", gauge, nil, "Unix time at which the state of the agent last changed."},
	{"zincati_update_agent_postponed_finalizations_total", counter, nil, "Times that finalizing a release was put off for interactive sessions."},
	{"zincati_update_agent_updates_allow_downgrade", gauge, nil, "1 if updates may lead to an older release, else 0."},
	{"zincati_update_agent_updates_enabled", gauge, nil, "1 if automatic updates are enabled, else 0."},

	{"zincati_updates_strategy_can_finalize_responses", counter, []string{"response"}, "Answers of the update strategy to the question whether to finalize."},
	{"zincati_updates_strategy_mode", gauge, []string{"strategy"}, "The update strategy in its label; the value is 1."},
	{"zincati_updates_strategy_periodic_schedule_length_minutes", gauge, nil, "Minutes per week in which the strategy 'periodic' allows to finalize."},
}
