export function View({ id }: Props) {
  return <Panel title="x" {...rest} onClick={() => go(id)} open>
    <b>some text</b> {id}
    <></>
  </Panel>;
}
