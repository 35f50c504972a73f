import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'

/**
 * Lets processes and folders die with this process, however it dies (SIGKILL and a terminated worker included): a
 * shell waits at the end of a pipe that only this process holds open, and when the pipe closes it kills and removes
 * what it has been told of and not told to forget.
 */
export const deadManSwitch = {
  watch: (pid: number): void => tell(`watch ${pid}`),
  forget: (pid: number): void => tell(`forget ${pid}`),
  watchFolder: (folder: string): void => tell(`watch-folder ${folder}`),
  forgetFolder: (folder: string): void => tell(`forget-folder ${folder}`),
}

let shell: ChildProcess | undefined

function tell(line: string): void {
  shell ??= start()
  shell.stdin?.write(`${line}\n`)
}

function start(): ChildProcess {
  // In a process group of its own: ctrl-C reaches all of the terminal's group, and this one must outlive it.
  const child = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  child.unref()
  const pipe = child.stdin as Socket
  pipe.unref()
  return child
}

// One line per file name: names with spaces survive, and mkdtemp makes none with a line break.
const script = `
trap '' INT TERM HUP
pids=' '
folders='
'
while read -r word rest; do
  case $word in
    watch) pids="$pids$rest " ;;
    forget) pids=$(echo "$pids" | sed "s/ $rest / /") ;;
    watch-folder) folders="$folders$rest
" ;;
    forget-folder) folders=$(echo "$folders" | grep -vxF -- "$rest")"
" ;;
  esac
done
for pid in $pids; do kill -9 "$pid"; done
echo "$folders" | while read -r folder; do
  [ -z "$folder" ] || rm -rf -- "$folder" || { sleep 1; rm -rf -- "$folder"; }
done
`
