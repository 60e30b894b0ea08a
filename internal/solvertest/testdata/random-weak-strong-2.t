repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Tim: 100
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Tim: 100
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Req: X
#>=Rec: B
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 1 2 noarch
#>=Prv: D = 1-2
#>=Req: D
#>=Req: C
#>=Req: V
#>=Tim: 200
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Tim: 100
system i686 rpm system
solverflags strongrecommends
job install name A
job update all packages
job update oneof A-2-1.noarch@system D-1-2.noarch@r1
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name B
#>autoinst name D
#>job install name A
#>job update all packages
#>job update oneof A-2-1.noarch@system D-1-2.noarch@r1
#>orphaned B-2-1.noarch@system
#>reason A-2-1.noarch@r1 unit 71c221dacec9dbe620ff86c517c9e8e3
#>reason A-2-1.noarch@system job 157159d934904f9ce9c515ba34e2a0bd
#>reason B-2-1.noarch@system unit 2fff48a639fdf697bc9b17813074d419
#>reason D-1-1.noarch@system unit 4f7297fc557f3110748e91f4c336d383
#>reason D-1-2.noarch@r1 unit fbc2dd1183d83b91aa09c8b79f4a4ecd
#>recommended B-2-1.noarch@system
#>rule job 157159d934904f9ce9c515ba34e2a0bd  A-2-1.noarch@r1
#>rule job 157159d934904f9ce9c515ba34e2a0bd  A-2-1.noarch@system
#>rule pkg 055577ce76775e8126e63873fdfc7879  B-2-1.noarch@system
#>rule pkg 055577ce76775e8126e63873fdfc7879 -D-1-1.noarch@system
#>rule pkg 470b80d9b1e8f3dedfb1c0308d04e552 -D-1-1.noarch@system
#>rule pkg 470b80d9b1e8f3dedfb1c0308d04e552 -D-1-2.noarch@r1
#>rule pkg 71c221dacec9dbe620ff86c517c9e8e3 -A-2-1.noarch@r1
#>rule pkg 71c221dacec9dbe620ff86c517c9e8e3 -A-2-1.noarch@system
#>rule pkg fbc2dd1183d83b91aa09c8b79f4a4ecd -D-1-2.noarch@r1
#>rule update 157159d934904f9ce9c515ba34e2a0bd  A-2-1.noarch@r1
#>rule update 157159d934904f9ce9c515ba34e2a0bd  A-2-1.noarch@system
#>rule update 2fff48a639fdf697bc9b17813074d419  B-2-1.noarch@system
#>rule update 4f7297fc557f3110748e91f4c336d383  D-1-1.noarch@system
#>rule update 4f7297fc557f3110748e91f4c336d383  D-1-2.noarch@r1
#>unneeded B-2-1.noarch@system
#>unneeded_filtered D-1-1.noarch@system
#>userinstalled pkg A-2-1.noarch@system
