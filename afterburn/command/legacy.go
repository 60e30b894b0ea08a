package command

// legacyFlag marks a translated command line. It has no effect, but Afterburn knows the option and so do its messages.
const legacyFlag = "--legacy-cli"

// translate returns the arguments of today for those of the time before there were commands: without a command they
// mean "multi", and long options may begin with a single dash. That is so for every argument, even if it is the value
// of an option.
func translate(args []string) []string {
	if len(args) > 0 && (args[0] == "" || args[0][0] != '-') {
		return args
	}
	out := []string{multiName, legacyFlag}
	for _, arg := range args {
		if len(arg) > 2 && arg[0] == '-' && arg[1] != '-' {
			arg = "-" + arg
		}
		out = append(out, arg)
	}
	return out
}
