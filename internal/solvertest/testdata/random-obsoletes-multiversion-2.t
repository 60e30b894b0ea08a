repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Prq: E
#>=Prq: C = 2
#>=Req: C
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: F 1 1 noarch
#>=Prv: F = 1-1
#>=Tim: 200
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Prq: W
#>=Req: D
#>=Tim: 100
#>=Pkg: F 3 1 noarch
#>=Prv: F = 3-1
#>=Req: D
#>=Obs: E >= 1
#>=Tim: 100
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Req: D
#>=Tim: 100
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Prq: F
#>=Req: X < 2
#>=Tim: 100
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Prv: W < 2
#>=Prv: X
#>=Prv: W < 1
#>=Tim: 100
system x86_64 rpm system
solverflags keepexplicitobsoletes
job install name D
job install pkg D-2-1.noarch@r1
job install pkg D-2-1.noarch@r1
job multiversion provides D
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name B
#>install D-2-1.noarch@r1
#>job install name D
#>job install pkg D-2-1.noarch@r1
#>job install pkg D-2-1.noarch@r1
#>job multiversion provides D
#>reason B-1-1.noarch@system keep 1bf614e079326257fd0fd2e3f1426422
#>reason B-3-1.noarch@r1 unit e42cc67a117fda70c9d28ed625538493
#>reason D-2-1.noarch@r1 unit 6b161574a014e8a90722b1106d0c2efc
#>rule job 6b161574a014e8a90722b1106d0c2efc  D-2-1.noarch@r1
#>rule job 6b161574a014e8a90722b1106d0c2efc  D-2-1.noarch@r1
#>rule job 6b161574a014e8a90722b1106d0c2efc  D-2-1.noarch@r1
#>rule pkg 231d92d1005622cf0525e1032eec13c5  A-2-1.noarch@r1
#>rule pkg 231d92d1005622cf0525e1032eec13c5 -B-3-1.noarch@r1
#>rule pkg 4a73623d9d83250a66eb3246a425e560  D-2-1.noarch@r1
#>rule pkg 4a73623d9d83250a66eb3246a425e560 -F-3-1.noarch@r1
#>rule pkg 99bcbc89d888756fcd61440b40c6440c -A-2-1.noarch@r1
#>rule pkg 99bcbc89d888756fcd61440b40c6440c -A-3-1.noarch@r1
#>rule pkg e42cc67a117fda70c9d28ed625538493 -B-1-1.noarch@system
#>rule pkg e42cc67a117fda70c9d28ed625538493 -B-3-1.noarch@r1
#>rule pkg ed07088690aa638a0d6abfc6706271c5  F-1-1.noarch@r1
#>rule pkg ed07088690aa638a0d6abfc6706271c5  F-3-1.noarch@r1
#>rule pkg ed07088690aa638a0d6abfc6706271c5 -B-3-1.noarch@r1
#>rule pkg f00dede269837b807c0909e2a5e7e176 -F-1-1.noarch@r1
#>rule pkg f00dede269837b807c0909e2a5e7e176 -F-3-1.noarch@r1
#>rule update 1bf614e079326257fd0fd2e3f1426422  B-1-1.noarch@system
#>rule update 1bf614e079326257fd0fd2e3f1426422  B-3-1.noarch@r1
#>unneeded_filtered B-1-1.noarch@system
#>userinstalled pkg D-2-1.noarch@r1
