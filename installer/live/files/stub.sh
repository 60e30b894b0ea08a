#!/bin/sh
exec {{.Path}} {{.Command}} "$@"
