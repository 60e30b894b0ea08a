# How texts select packages.
repo @System 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: kernel 5 1 x86_64
#>=Prv: kernel = 5-1
#>=Pkg: tool 1 1 noarch
#>=Prv: tool = 1-1
#>=Fls: /usr/bin/tool
repo r 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: kernel 6 1 x86_64
#>=Prv: kernel = 6-1
#>=Pkg: kernel 6 2 x86_64
#>=Prv: kernel = 6-2
#>=Pkg: kernel 1:6 1 i686
#>=Prv: kernel = 1:6-1
#>=Pkg: kernel-devel 6 1 src
#>=Pkg: tool 1 1 badarch
#>=Prv: tool = 1-1
#>=Prv: other
#>=Pkg: toolbox 2 1 noarch
#>=Prv: toolbox = 2-1
#>=Prv: tool(box) = 2
#>=Req: kernel > 5 & kernel < 7
#>=Fls: /usr/bin/toolbox
#>=Fls: /usr/share/tool
system x86_64 rpm @System
job noop selection kernel name
result jobs <inline>
#>job noop name kernel
nextjob
job noop selection kernel-6 canon
result jobs <inline>
#>job noop oneof kernel-6-1.x86_64@r kernel-6-2.x86_64@r kernel-1:6-1.i686@r
nextjob
job noop selection kernel-6-1.i686 canon,dotarch
result jobs <inline>
#>job noop name (kernel . i686) = 1:6-1 [setevr,setarch]
nextjob
job noop selection KER* name,glob,nocase
result jobs <inline>
#>job noop name kernel
nextjob
job noop selection tool.noarch name,dotarch
result jobs <inline>
#>job noop name tool . noarch [setarch]
nextjob
job noop selection tool name,installedonly
result jobs <inline>
#>job noop name tool [setrepo]
nextjob
job noop selection tool name,withbadarch
result jobs <inline>
#>job noop oneof tool-1-1.noarch@@System tool-1-1.badarch@r
nextjob
job noop selection other provides,withbadarch
result jobs <inline>
#>job noop pkg tool-1-1.badarch@r [noautoset]
nextjob
job noop selection oth* provides,glob,withbadarch,flat
result jobs <inline>
#>job noop pkg tool-1-1.badarch@r [noautoset]
nextjob
job noop selection kernel-devel name,withsource
result jobs <inline>
#>job noop name kernel-devel . src
nextjob
job noop selection kernel-devel.src name,dotarch
result jobs <inline>
#>job noop name kernel-devel . src [setarch]
nextjob
job noop selection kernel >= 6 name,rel
result jobs <inline>
#>job noop name kernel >= 6
nextjob
job noop selection tool*= 2 provides,glob,rel
result jobs <inline>
#>job noop provides tool(box) = 2
#>job noop provides toolbox = 2
nextjob
job noop selection kernel != 6-2 name,rel,flat
result jobs <inline>
#>job noop name kernel <> 6-2
nextjob
job noop selection /usr/bin/tool filelist
result jobs <inline>
#>job noop pkg tool-1-1.noarch@@System [noautoset]
nextjob
job noop selection /usr/*/tool* filelist,glob
result jobs <inline>
#>job noop pkg tool-1-1.noarch@@System [noautoset]
#>job noop pkg toolbox-2-1.noarch@r [noautoset]
nextjob
job noop selection kernel name
job noop selection tool name,add
result jobs <inline>
#>job noop name kernel
#>job noop name tool
nextjob
job noop selection kernel name,flat
job noop selection kernel = 6 name,rel,filter
result jobs <inline>
#>job noop oneof kernel-6-1.x86_64@r kernel-6-2.x86_64@r [setev]
nextjob
job noop selection kernel name
job noop selection kernel = 6 name,rel,subtract
result jobs <inline>
#>job noop oneof kernel-5-1.x86_64@@System kernel-1:6-1.i686@r [setev]
nextjob
job noop selection kernel name
job noop selection kernel name,installedonly,subtract
result jobs <inline>
#>job noop oneof kernel-6-1.x86_64@r kernel-6-2.x86_64@r kernel-1:6-1.i686@r [setrepo]
nextjob
job noop selection_matchdeps solvable:requires kernel flat
result jobs <inline>
#>job noop pkg toolbox-2-1.noarch@r [noautoset]
nextjob
job noop selection_matchdeps solvable:requires KERNEL >= 5 rel,nocase
result jobs <inline>
#>job noop pkg toolbox-2-1.noarch@r [noautoset]
nextjob
job noop selection_matchdepid solvable:provides kernel = 6 flat
result jobs <inline>
#>job noop oneof kernel-6-1.x86_64@r kernel-6-2.x86_64@r
nextjob
job noop selection_matchsolvable solvable:requires kernel-6-1.x86_64@r flat
result jobs <inline>
#>job noop pkg toolbox-2-1.noarch@r [noautoset]
nextjob
disable pkg toolbox-2-1.noarch@r
job noop selection toolbox name
result jobs <inline>
nextjob
job noop selection toolbox name,withdisabled
result jobs <inline>
#>job noop pkg toolbox-2-1.noarch@r [noautoset]
nextjob
job noop selection tool*box* provides,glob,withdisabled
result jobs <inline>
#>job noop pkg toolbox-2-1.noarch@r [noautoset]
#>job noop pkg toolbox-2-1.noarch@r [noautoset]
