export class Consumer<K, V> {
  declare k: [K, V]
}
