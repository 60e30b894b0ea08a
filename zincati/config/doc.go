// Package config reads the configuration of the update agent: TOML fragments in three directories, with Zincati's keys.
//
// [Read] gives [Inputs], in which every key has a value. Two of them are templates for URLs, which
// [Inputs.CincinnatiURL] and [Inputs.StrategySettings] complete when the identity of the host is known.
//
// # Files
//
//	/usr/lib/zincati/config.d/*.toml   the distribution's
//	/run/zincati/config.d/*.toml       until the next boot
//	/etc/zincati/config.d/*.toml       the administrator's
//
// Of files with the same name in several directories the one in the last counts. All that count are read in byte order
// of their names, whatever the directory: 90-x.toml in /usr/lib has the last word over 10-x.toml in /etc. A symbolic
// link to /dev/null takes away a file of that name in an earlier directory; other links, directories, devices and names
// that begin with a dot are not looked at.
//
// # Keys
//
//	agent.timing.steady_interval_secs   integer, at least 1                 300
//	agent.timing.spread                 boolean                             false      *
//	cincinnati.base_url                 template of a URL                   (needed)
//	cincinnati.client_wariness          boolean                             false      *
//	identity.group                      string                              "default"
//	identity.node_uuid                  string                              from the machine id
//	identity.rollout_wariness           number                              not set
//	updates.allow_downgrade             boolean                             false
//	updates.enabled                     boolean                             true
//	updates.replace_staged              boolean                             false      *
//	updates.strategy                    immediate, fleet_lock, periodic…    "immediate"
//	updates.fleet_lock.base_url         template of a URL                   (needed by the strategy)
//	updates.fleet_lock.window[]         as periodic.window                  none       *
//	updates.fleet_lock.time_zone        as periodic.time_zone               "UTC"      *
//	updates.periodic.time_zone          name, or "localtime"                "UTC"
//	updates.periodic.window[]           days, start_time, length_minutes    none
//	updates.marker_file.path            path                                see strategy.DefaultMarkerPath  *
//
// Those with * are not known to Zincati 0.0.32, which ignores them. Of each key the last file that has it counts; only
// windows add up. Unknown keys are ignored everywhere. Types are strict: an integer where a number is wanted is the only
// other type that is taken.
//
// # Errors
//
// They are chains, one level for each step, with the texts of Zincati. For a wrong file the last level looks so:
//
//	TOML parse error at line 2, column 17
//	  |
//	2 | updates.enabled=1
//	  |                 ^
//	invalid type: integer `1`, expected a boolean
//	in `updates.enabled`
//
// The tree may be hostile: nothing outside of the root is read, no pipe or device is waited for, files are limited to
// 1 MiB each.
package config
