repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Prv: V
#>=Prv: V = 2-2
#>=Req: B <> 2-1
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Tim: 100
#>=Pkg: B 3 2 noarch
#>=Prv: B = 3-2
#>=Tim: 100
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Tim: 100
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Prv: W = 3-1
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Obs: C <= 2-1
#>=Tim: 100
#>=Pkg: A 1 2 noarch
#>=Prv: A = 1-2
#>=Prv: V = 2-2
#>=Req: V
#>=Req: A
#>=Tim: 100
system x86_64 rpm system
solverflags !dupallowarchchange
job update name C
job erase name C >= 1-1
job erase pkg C-1-1.noarch@r1
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name B
#>erase C-1-1.noarch@system
#>job erase name C >= 1-1
#>job erase pkg C-1-1.noarch@r1
#>job update name C
#>reason B-2-1.noarch@system keep 6d834d1a1cf950581b80445d5ef17e58
#>reason B-3-1.noarch@r1 unit 89a99026cb04439254915f64ae5ef48b
#>reason B-3-2.noarch@r1 unit 9e25310e8b857814e58c2c2ba768279b
#>reason C-1-1.noarch@r1 unit ff2da05f37d1b3fce12ca9e23d64884b
#>reason C-1-1.noarch@system unit 04c0438a55a5f979481b77cd2c915a72
#>reason C-3-1.noarch@r1 unit 33d7d7bcfefad02a17f9b1dcfbb3c856
#>rule job 04c0438a55a5f979481b77cd2c915a72 -C-1-1.noarch@system
#>rule job 33d7d7bcfefad02a17f9b1dcfbb3c856 -C-3-1.noarch@r1
#>rule job ff2da05f37d1b3fce12ca9e23d64884b -C-1-1.noarch@r1
#>rule job ff2da05f37d1b3fce12ca9e23d64884b -C-1-1.noarch@r1
#>rule pkg 0dfe70810cf763f765ee6913a163b774 -C-1-1.noarch@r1
#>rule pkg 0dfe70810cf763f765ee6913a163b774 -C-1-1.noarch@system
#>rule pkg 89a99026cb04439254915f64ae5ef48b -B-2-1.noarch@system
#>rule pkg 89a99026cb04439254915f64ae5ef48b -B-3-1.noarch@r1
#>rule pkg 9e25310e8b857814e58c2c2ba768279b -B-2-1.noarch@system
#>rule pkg 9e25310e8b857814e58c2c2ba768279b -B-3-2.noarch@r1
#>rule pkg a5ec497fd44c62381df75eb4f1f7facc -C-1-1.noarch@system
#>rule pkg a5ec497fd44c62381df75eb4f1f7facc -C-3-1.noarch@r1
#>rule pkg b774ce908264b7cfc57de2af69fa50c8 -B-3-1.noarch@r1
#>rule pkg b774ce908264b7cfc57de2af69fa50c8 -B-3-2.noarch@r1
#>rule pkg b8562ccbeb1ecf9c2a48a5faeda9c8cf -C-1-1.noarch@r1
#>rule pkg b8562ccbeb1ecf9c2a48a5faeda9c8cf -C-3-1.noarch@r1
#>rule update 6d834d1a1cf950581b80445d5ef17e58  B-2-1.noarch@system
#>rule update 6d834d1a1cf950581b80445d5ef17e58  B-3-1.noarch@r1
#>rule update 6d834d1a1cf950581b80445d5ef17e58  B-3-2.noarch@r1
#>rule update ab45b58efe980a4d4309a57237a4eb9a  C-1-1.noarch@r1
#>rule update ab45b58efe980a4d4309a57237a4eb9a  C-1-1.noarch@system
#>rule update ab45b58efe980a4d4309a57237a4eb9a  C-3-1.noarch@r1
#>unneeded_filtered B-2-1.noarch@system
#>unneeded_filtered C-1-1.noarch@system
