// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, type Decoded, type Encodable, int8, int16, int32, string } from '../declaration.js'

const request = {
  key: string({ versions: '0-3' }),
  /** 0: of a group; 1: of a transactional id; 2: of a share group. */
  keyType: int8({ versions: '1+' }),
  coordinatorKeys: array(string(), { versions: '4+' }),
}

const response = {
  throttleTimeMs: int32({ versions: '1+', ignorable: true }),
  errorCode: int16({ versions: '0-3' }),
  errorMessage: string({ versions: '1-3', nullable: true, ignorable: true }),
  nodeId: int32({ versions: '0-3' }),
  host: string({ versions: '0-3' }),
  port: int32({ versions: '0-3' }),
  coordinators: array(
    {
      key: string(),
      nodeId: int32(),
      host: string(),
      port: int32(),
      errorCode: int16(),
      errorMessage: string({ nullable: true, ignorable: true }),
    },
    { versions: '4+' },
  ),
}

/**
 * FindCoordinator: key 10, versions 0 to 6, flexible from 3.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_FindCoordinator
 */
export const FindCoordinator: Api<
  FindCoordinatorRequestInput,
  FindCoordinatorResponse,
  FindCoordinatorRequest,
  FindCoordinatorResponseInput
> = api({
  name: 'FindCoordinator',
  key: 10,
  versions: '0-6',
  flexible: '3+',
  request,
  response,
})

/** FindCoordinatorRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface FindCoordinatorRequest extends Decoded<typeof request> {}

/** FindCoordinatorRequest as it may be written: without the fields that some version lacks. */
export interface FindCoordinatorRequestInput extends Encodable<typeof request> {}

/** FindCoordinatorResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface FindCoordinatorResponse extends Decoded<typeof response> {}

/** FindCoordinatorResponse as it may be written: without the fields that some version lacks. */
export interface FindCoordinatorResponseInput extends Encodable<typeof response> {}
